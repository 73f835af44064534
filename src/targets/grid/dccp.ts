import type { Client } from './client.ts'
import { explain } from './explain.ts'
import type { Outcome, Programs } from './programs.ts'

const DCAP = { packages: 'dcap dcap-tunnel-gsi' } as const
/** `-A`: the client opens the connection for data too, so that it works behind a firewall; seconds to open and to close. */
const DCCP = { ...DCAP, program: 'dccp' } as const
const OPTIONS = ['-A', '-o', '60', '-C', '3600'] as const
/** Makes system calls on dcap addresses dCache's: so a plain `unlink` and `mkdir` work there. Comes with dccp. */
const PRELOAD = { LD_PRELOAD: 'libpdcap.so.1' } as const

const isAbsent = ({ complaint }: Outcome): boolean =>
  /\bpath \S+ not found\b|errno 10001\b|No such file or directory/.test(complaint)

/** dCache's own protocol by dccp. dCache never overwrites: a new file can only be made where none is. */
export function dccp(programs: Programs): Client {
  const system = (program: 'unlink' | 'mkdir', url: string) =>
    programs.run(url, { ...DCAP, program, args: [url], env: PRELOAD })

  const made = new Set<string>()
  /** Makes a folder, and those above it if there is none. */
  async function makeFolder(url: string): Promise<void> {
    if (made.has(url)) return
    let outcome = await system('mkdir', url)
    if (!outcome.ok && isAbsent(outcome) && /\/[^/]+\/[^/]+$/.test(new URL(url).pathname)) {
      await makeFolder(parentOf(url))
      outcome = await system('mkdir', url)
    }
    if (!outcome.ok && !/File exists/i.test(outcome.complaint)) throw explain(DCCP, url, outcome)
    made.add(url)
  }

  return {
    program: DCCP.program,
    overwrites: false,
    naming: null,
    async put(url, input) {
      await makeFolder(parentOf(url))
      const outcome = await programs.run(url, { ...DCCP, args: [...OPTIONS, '-', url], input })
      if (!outcome.ok) throw explain(DCCP, url, outcome)
    },
    async get(url, output) {
      const outcome = await programs.run(url, { ...DCCP, args: [...OPTIONS, url, '-'], output })
      if (!outcome.ok && !isAbsent(outcome)) throw explain(DCCP, url, outcome)
      return outcome.ok
    },
    async remove(url) {
      const outcome = await system('unlink', url)
      if (!outcome.ok && !isAbsent(outcome)) throw explain({ program: 'unlink' }, url, outcome)
    },
  }
}

const parentOf = (url: string): string => url.slice(0, url.lastIndexOf('/'))
