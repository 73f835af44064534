import { describe, expect, test } from 'vitest'
import { changed, contentRepository, snapshot, temporaryFolder } from '../support/content.ts'
import { vmcast } from '../support/cli.ts'

const IMAGE = 'images/debian-12.yaml'

describe('vmcast validate', () => {
  test('nothing to say is said, too', async () => {
    const cwd = await contentRepository()
    expect(await vmcast({ cwd }, 'validate')).toEqual({
      status: 0,
      stdout: 'Everything is in order.\n',
      stderr: '',
    })
  })

  test('every fault has its place, its message and its remedy; errors give exit status 1', async () => {
    const cwd = await contentRepository({
      ...changed(IMAGE, 'sl:osversion: "12"', 'sl:osversion: 12'),
      'images/unused.yaml': 'a: [\n',
    })
    const before = await snapshot(cwd)
    const { status, stdout } = await vmcast({ cwd: '/' }, 'validate', '--repo', cwd)
    expect(status).toBe(1)
    expect(stdout)
      .toBe(`images/debian-12.yaml:9:15: sl:osversion must be one line of text that is not empty, but is 12, a number.
  Quote it: sl:osversion: "12"; all text and versions are YAML strings.
images/unused.yaml:1:1: warning: The image unused is on no list, so it is not published.
  Add unused to the images of a list, or delete the file.
images/unused.yaml:2:1: Broken YAML: Flow sequence in block collection must be sufficiently indented and end with a ].
  Look at this line and the one before: quote text that holds \`: \` or \` #\`, close brackets and quotes, and indent evenly.
2 errors, 1 warning.
`)
    expect(await snapshot(cwd)).toEqual(before)
  })

  test('warnings alone leave the exit status 0', async () => {
    const cwd = await contentRepository(changed(IMAGE, /ad:group.*\n/, ''))
    const { status, stdout } = await vmcast({ cwd }, 'validate')
    expect(status).toBe(0)
    expect(stdout).toMatch(/:1:1: warning: atrope would refuse it[^]*0 errors, 1 warning\.\n$/)
  })

  test('the same as JSON', async () => {
    const cwd = await contentRepository(changed(IMAGE, 'sl:os: Linux\n', ''))
    const { status, stdout } = await vmcast({ cwd }, 'validate', '--json')
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toEqual({
      faults: [
        {
          rule: 'schema',
          severity: 'error',
          file: IMAGE,
          line: 1,
          column: 1,
          message: 'sl:os is missing.',
          remedy: 'Add it, such as `sl:os: Linux`.',
        },
      ],
    })
  })

  test('what a file says cannot speak to the terminal, or to a CI runner', async () => {
    const cwd = await contentRepository({
      'images/debian-12.yaml': 'dc:title: 7\n"::error::x": y\n"\u202e": z\n',
    })
    const { stdout } = await vmcast({ cwd }, 'validate')
    expect(stdout).not.toMatch(/^::/m)
    expect(stdout).not.toContain('\u202e')
    expect(stdout).toContain('\\u202e')
  })

  test('a folder that is no repository', async () => {
    const cwd = await temporaryFolder()
    const { status, stdout, stderr } = await vmcast({ cwd }, 'validate')
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toContain('There is no vmcast.yaml')
  })
})
