import { fault } from '../../errors.ts'
import type { Client } from './client.ts'
import { explain } from './explain.ts'
import type { Outcome, Programs } from './programs.ts'

const GLOBUS = { program: 'globus-url-copy', packages: 'globus-gass-copy-progs' } as const

/** The server's words, not the program's own: it says the same of a certificate that is missing here. */
const isAbsent = ({ complaint }: Outcome): boolean =>
  complaint.includes('the server responded with an error') &&
  /System error in (open|stat): No such file or directory|PATH_NOT_FOUND/.test(complaint)

/** GridFTP by globus-url-copy: it sends and fetches whole files, and nothing else. */
export function globusUrlCopy(programs: Programs): Client {
  return {
    program: GLOBUS.program,
    overwrites: true,
    naming: null,
    async put(url, input) {
      const outcome = await programs.run(url, { ...GLOBUS, args: ['-create-dest', '-', url], input })
      if (!outcome.ok) throw explain(GLOBUS, url, outcome)
    },
    async get(url, output) {
      const outcome = await programs.run(url, { ...GLOBUS, args: [url, '-'], output })
      if (!outcome.ok && !isAbsent(outcome)) throw explain(GLOBUS, url, outcome)
      return outcome.ok
    },
    async remove(url) {
      const unable = () => {
        throw fault('grid-unable', { program: GLOBUS.program, work: 'remove a file' })
      }
      if (await this.get(url, () => unable)) unable()
    },
  }
}
