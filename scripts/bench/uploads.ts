/** Uploads every image of a repository, list by list (`alone`) or as reconcile does it (`together`). */
import { tmpdir } from 'node:os'
import { uploadMissing } from '../../src/apply/upload.ts'
import type { PlannedList } from '../../src/model.ts'
import { survey } from '../../src/survey.ts'
import { quiet } from './comparison.ts'

const [root = '', how] = process.argv.slice(2)
const surroundings = { ...quiet(process.env['HOME'] ?? tmpdir()), env: process.env }
const seen = await survey({ root, lists: [] }, { secrets: true, reading: 'defer' }, surroundings)
const lists = seen.plan.lists.filter((list): list is PlannedList => list.action !== 'failed')
const upload = async (some: readonly PlannedList[]) => {
  const results = await uploadMissing(some, seen.desired.images, seen.pool, seen.access)
  const failed = [...results.values()].find((one) => 'state' in one)
  if (failed) throw new Error(JSON.stringify(failed))
}
if (how === 'alone') for (const list of lists) await upload([list])
else await upload(lists)
await seen.pool.close()
