import { tmpdir } from 'node:os'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createCli } from '../../src/commands/index.ts'
import { PlanCommand } from '../../src/commands/plan.ts'
import { vmcast } from '../support/cli.ts'

const cwd = tmpdir()

describe('the help', () => {
  it('names values and names, plainly where nobody sits at a terminal', async () => {
    const { status, stdout } = await vmcast({ cwd }, '--help')
    expect(status).toBe(0)
    expect(stdout).toContain('vmcast hash [--repo VALUE] [--json] [NAME...]\n')
    expect(stdout).not.toContain('#0')
    expect(stripVTControlCharacters(stdout)).toBe(stdout)
  })

  it.each([false, true])('keeps the columns of options; in colour: %s', (colour) => {
    const text = createCli({ colour }).usage(PlanCommand, { detailed: true })
    const columns = stripVTControlCharacters(text)
      .split('\n')
      .filter((line) => line.startsWith('  --'))
      .map((line) => /^ {2}--\S+(?: VALUE)? +/.exec(line)?.[0].length)
    expect(columns).toHaveLength(5)
    expect(new Set(columns).size).toBe(1)
  })

  it('of a wrong command line is in the same words', async () => {
    const { status, stderr } = await vmcast({ cwd }, 'plan', '--lst', 'example')
    expect(status).toBe(1)
    expect(stderr).toContain('Unsupported option name ("--lst")')
    expect(stderr).toContain('[--list VALUE]')
    expect((await vmcast({ cwd }, 'plann')).stderr).toContain('vmcast hash [--repo VALUE]')
  })
})
