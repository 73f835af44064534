import { fault, type VmcastError } from '../../errors.ts'
import type { Client } from './client.ts'
import { explain } from './explain.ts'
import type { Command, Outcome, Programs } from './programs.ts'

const DCAP = { packages: 'dcap dcap-tunnel-gsi' } as const
/** `-A`: the client opens the connection for data too, so that it works behind a firewall; seconds to open and to close. */
const DCCP = { ...DCAP, program: 'dccp' } as const
const OPTIONS = ['-A', '-o', '60', '-C', '3600'] as const
/** Makes system calls on dcap addresses dCache's: so a plain `unlink` and `mkdir` work there. Comes with dccp. */
const PRELOAD = { LD_PRELOAD: 'libpdcap.so.1' } as const

/** The loader's and the client's words where a library is missing: they hold "No such file or directory", too. */
const UNLOADED = /cannot open shared object|Failed to add IO tunnel|cannot be preloaded/

/** The server's words; where there was no connection, the system's say nothing of a file. */
const isAbsent = ({ complaint }: Outcome): boolean =>
  !UNLOADED.test(complaint) &&
  !complaint.includes('control line') &&
  /\bpath \S+ not found\b|errno 10001\b|(System error|cannot (unlink|create directory) .*): No such file or directory$/.test(
    complaint,
  )

function failed({ program }: Pick<Command, 'program'>, url: string, outcome: Outcome): VmcastError {
  if (!UNLOADED.test(outcome.complaint)) return explain({ program }, url, outcome)
  const [library = program] = /\blib\w+\.so\b[.\d]*/.exec(outcome.complaint) ?? []
  return fault('grid-program-missing', { program: library, packages: DCAP.packages })
}

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
    if (!outcome.ok && !/File exists/i.test(outcome.complaint)) throw failed(DCCP, url, outcome)
    made.add(url)
  }

  return {
    program: DCCP.program,
    overwrites: false,
    naming: null,
    async put(url, input) {
      await makeFolder(parentOf(url))
      const outcome = await programs.run(url, { ...DCCP, args: [...OPTIONS, '-', url], input })
      if (!outcome.ok) throw failed(DCCP, url, outcome)
    },
    async get(url, output) {
      const outcome = await programs.run(url, { ...DCCP, args: [...OPTIONS, url, '-'], output })
      if (!outcome.ok && !isAbsent(outcome)) throw failed(DCCP, url, outcome)
      return outcome.ok
    },
    async remove(url) {
      const outcome = await system('unlink', url)
      if (!outcome.ok && !isAbsent(outcome)) throw failed({ program: 'unlink' }, url, outcome)
    },
  }
}

const parentOf = (url: string): string => url.slice(0, url.lastIndexOf('/'))
