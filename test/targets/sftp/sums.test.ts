import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseDestination } from '../../../src/address.ts'
import { serverOf } from '../../../src/targets/sftp/server.ts'
import { Session } from '../../../src/targets/sftp/session.ts'
import { ServerSums } from '../../../src/targets/sftp/sums.ts'
import { noise, sha512 } from '../../support/bytes-source.ts'
import { temporaryFolder } from '../../support/repository.ts'
import { startSshd, type Sshd } from '../../support/servers/sshd.ts'
import { keyringOf, targetTo } from '../../support/targets.ts'

const LARGE = 64 * 1024 * 1024

async function sessionAt(sshd: Sshd): Promise<Session> {
  const to = sshd.to('')
  const destination = parseDestination(to)
  if (!destination) throw new Error(`${to} leads nowhere`)
  const hostKeys = [...sshd.hostKeys.values()].map(({ fingerprint }) => fingerprint)
  const keyring = keyringOf('/', { env: { VMCAST_SSH_KEY: sshd.identity } })
  return await Session.open(
    serverOf({ ...destination, user: sshd.user }, targetTo(to, { hostKeys }), keyring, 10_000),
  )
}

describe.each([
  ['as it is', [], true],
  ['without any of the programs', ['SetEnv PATH=/nowhere'], false],
  ['without a shell', ['ForceCommand internal-sftp'], false],
] as const)('a server %s', (_, options, tells) => {
  let sshd: Sshd
  let session: Session
  beforeAll(async () => {
    sshd = await startSshd({ options })
    session = await sessionAt(sshd)
  })
  afterAll(async () => {
    session.close()
    await sshd.stop()
  })

  const bytes = Buffer.concat(noise(3_000_000))

  test('sums up a file', async () => {
    const path = join(await temporaryFolder(), "a file's name")
    await writeFile(path, bytes)
    expect(await new ServerSums().of(session, path, bytes.length)).toBe(tells ? sha512(bytes) : null)
  })

  test('sums up a file while it grows', async () => {
    const path = join(await temporaryFolder(), "a file's name")
    await writeFile(path, '')
    const follower = new ServerSums().follow(session, path, LARGE)
    let size = 0
    for (let at = 0; at < 8; at++) {
      await appendFile(path, bytes)
      size += bytes.length
      follower.reach(size)
    }
    await appendFile(path, 'what has not been announced')
    const whole = Buffer.concat(Array.from({ length: 8 }, () => bytes))
    expect(await follower.sum(size)).toBe(tells ? sha512(whole) : null)
  })

  test('does not sum up what is not there', async () => {
    const path = join(await temporaryFolder(), 'short')
    await writeFile(path, bytes)
    expect(await new ServerSums().follow(session, path, LARGE).sum(bytes.length + 1)).toBeNull()
    expect(await new ServerSums().of(session, `${path}er`, 1)).toBeNull()
  })
})
