/** Publishes one list to the S3 server whose address is the argument. */
import { openS3 } from '../../src/targets/s3.ts'
import { targetTo } from './targets.ts'

const [endpoint = ''] = process.argv.slice(2)
const target = await openS3(targetTo('s3://bucket/', { settings: { name: 'store', endpoint } }), {
  env: process.env,
})
await target.swap('one.list', Buffer.from('first'), null)
await target.close()
process.stdout.write('published\n')
