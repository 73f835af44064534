import { dirname } from 'node:path'
import { execa } from 'execa'

/** The folder of the program of Node 24: of this one, or of one from the registry of packages. */
export async function findNode24(): Promise<string> {
  if (Number(process.versions.node.split('.')[0]) === 24) return dirname(process.execPath)
  const args = ['--yes', '--prefer-offline', '--package', 'node@24', 'node', '-p', 'process.execPath']
  // An npx above this one hands its own command down.
  const env = { npm_config_call: undefined, npm_config_package: undefined }
  const { stdout } = await execa('npx', args, { env })
  return dirname(stdout)
}
