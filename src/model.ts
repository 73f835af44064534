/**
 * The shared types: what the repository asks for (desired), what is out there (observed), and the plan
 * that leads from one to the other. Values only; nothing here does anything.
 */
export * from './model/bytes.ts'
export * from './model/desired.ts'
export * from './model/history.ts'
export * from './model/json.ts'
export * from './model/observed.ts'
export * from './model/plan.ts'
export * from './model/release.ts'
export * from './model/run.ts'
export * from './model/status.ts'
export * from './model/target.ts'
