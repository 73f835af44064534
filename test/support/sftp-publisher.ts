import { openOn } from '../targets/sftp/open.ts'
import type { Sshd } from './servers/sshd.ts'

/** A publisher to be killed: `port user identity fingerprint folder`. Uploads, and says so when it has begun. */
const [port = '', user = '', identity = '', fingerprint = '', folder = ''] = process.argv.slice(2)
const sshd: Pick<Sshd, 'identity' | 'hostKeys' | 'to'> = {
  identity,
  hostKeys: new Map([['ed25519', { fingerprint, line: '' }]]),
  to: (path) => `sftp://${user}@127.0.0.1:${port}${path}/`,
}
const target = await openOn(sshd, folder)
await target.write(
  '~image.partial',
  {
    size: null,
    async *chunks() {
      for (let at = 0; at < 40; at++) yield Buffer.alloc(1024 * 1024, at)
      console.log('under way')
      await new Promise(() => setInterval(() => undefined, 1000))
    },
    digest: () => Promise.reject(new Error('never')),
    foretell: () => Promise.reject(new Error('never')),
  },
  () => 'image.raw',
)
