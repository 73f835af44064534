import { isMap, isScalar, isSeq, parseDocument, type Node } from 'yaml'

/** A workflow, or the metadata of an action, as everything that it says. */
export interface Workflow {
  readonly keys: Keys
  readonly leaves: readonly Leaf[]
}

/** A text, a number or a truth at the end of its path, and the comment behind it. */
interface Leaf {
  readonly path: readonly string[]
  readonly text: string
  readonly comment: string
}

type Keys = Readonly<Record<string, unknown>>

/** Says each place that breaks it. */
type Rule = (workflow: Workflow) => readonly string[]

export function readWorkflow(text: string): Workflow {
  const document = parseDocument(text)
  return { keys: keysOf(document.toJS()), leaves: leavesOf(document.contents, []) }
}

function leavesOf(node: Node | null, path: readonly string[]): readonly Leaf[] {
  if (isScalar(node)) return [{ path, text: String(node.value), comment: node.comment?.trim() ?? '' }]
  if (isSeq<Node>(node)) return node.items.flatMap((item, index) => leavesOf(item, [...path, String(index)]))
  if (isMap<Node, Node>(node))
    return node.items.flatMap(({ key, value }) => leavesOf(value, [...path, String(key)]))
  return []
}

const keysOf = (value: unknown): Keys =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Keys) : {}

const jobsOf = ({ keys }: Workflow) =>
  Object.entries(keysOf(keys['jobs'])).map(([name, job]) => ({ name, job: keysOf(job) }))

/** Every step of a workflow’s jobs, or of an action. */
const stepsOf = (workflow: Workflow): readonly Keys[] =>
  [...jobsOf(workflow).map(({ job }) => job), keysOf(workflow.keys['runs'])].flatMap(({ steps }) =>
    Array.isArray(steps) ? steps.map(keysOf) : [],
  )

const usesOf = ({ uses }: Keys): string => (typeof uses === 'string' ? uses : '')

/** The jobs for which `breaks` holds. */
const jobs =
  (breaks: (job: Keys) => boolean): Rule =>
  (workflow) =>
    jobsOf(workflow).flatMap(({ name, job }) => (breaks(job) ? name : []))

/** The steps with an action of this name that lack a setting, or have another one. */
const steps =
  (action: string, setting: string, wanted: unknown): Rule =>
  (workflow) =>
    stepsOf(workflow)
      .filter((step) => usesOf(step).startsWith(`${action}@`) && keysOf(step['with'])[setting] !== wanted)
      .map(usesOf)

/** The places for which `breaks` holds. */
const places =
  (breaks: (leaf: Leaf) => boolean): Rule =>
  ({ leaves }) =>
    leaves.flatMap((leaf) => (breaks(leaf) ? `${leaf.path.join('.')}: ${leaf.text}` : []))

const triggersOf = ({ keys }: Workflow): readonly string[] => {
  const on = keys['on']
  if (typeof on === 'string') return [on]
  return Array.isArray(on) ? on.map(String) : Object.keys(keysOf(on))
}

/** The action that a content repository names as the documentation says, and this repository by its own folder. */
const OURS = ['vmcast/vmcast@v0', './']

const SECRET = /\bsecrets\b/

/** What holds for every workflow: issue by issue what the best ones keep to. */
export const WORKFLOW_RULES: Readonly<Record<string, Rule>> = {
  'no permission on top': ({ keys }) => (JSON.stringify(keys['permissions']) === '{}' ? [] : ['permissions']),
  'permissions for each job': jobs(({ permissions }) => typeof permissions !== 'object'),
  'a reason beside each permission': places(
    ({ path, comment }) => path[0] === 'jobs' && path[2] === 'permissions' && comment === '',
  ),
  'no pull_request_target, and nothing like it': (workflow) =>
    triggersOf(workflow).filter((trigger) =>
      /^(pull_request_target|workflow_run|issue_comment)$/.test(trigger),
    ),
  'no secret where a pull request runs': (workflow) =>
    triggersOf(workflow).includes('pull_request') ? places(({ text }) => SECRET.test(text))(workflow) : [],
  'secrets in the environment of a step alone': places(
    ({ path, text }) => SECRET.test(text) && !(path[2] === 'steps' && path[4] === 'env'),
  ),
  'an environment around secrets': jobs(
    (job) => SECRET.test(JSON.stringify(job)) && typeof job['environment'] !== 'string',
  ),
  'an end to each job': jobs((job) => typeof job['timeout-minutes'] !== 'number'),
  'a runner with a version': jobs((job) => !/^[a-z]+-[\d.]+$/.test(String(job['runs-on']))),
  'one run at a time': ({ keys }) =>
    typeof keysOf(keys['concurrency'])['group'] === 'string' ? [] : ['concurrency'],
  'no publication broken off': (workflow) =>
    jobsOf(workflow).some(({ job }) => 'environment' in job) &&
    keysOf(workflow.keys['concurrency'])['cancel-in-progress'] !== false
      ? ['concurrency']
      : [],
}

/** What holds for every step, of a workflow or an action. */
export const STEP_RULES: Readonly<Record<string, Rule>> = {
  'every action by its SHA, with its version beside it': places(
    ({ path, text, comment }) =>
      path.at(-1) === 'uses' &&
      !OURS.includes(text) &&
      !(/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(text) && /^v\d+\.\d+\.\d+$/.test(comment)),
  ),
  'no expression inside a script': places(
    ({ path, text }) => /^(run|script)$/.test(path.at(-1) ?? '') && text.includes('${{'),
  ),
  'no credentials left in the checkout': steps('actions/checkout', 'persist-credentials', false),
  'no cache that another run can fill': (workflow) => [
    ...steps('actions/setup-node', 'package-manager-cache', false)(workflow),
    ...places(({ path, text }) => path.at(-1) === 'cache' || /^actions\/cache\b/.test(text))(workflow),
  ],
}

/** What is wrong with a workflow or an action, each with the rule that it breaks. */
export const faultsOf = (workflow: Workflow, rules: Readonly<Record<string, Rule>>): readonly string[] =>
  Object.entries(rules).flatMap(([name, rule]) => rule(workflow).map((place) => `${name}: ${place}`))
