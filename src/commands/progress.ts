import type { Writable } from 'node:stream'
import { MultiBar } from 'cli-progress'
import type { Progress } from '../model.ts'
import { formatBytes } from '../report/bytes.ts'
import { escapeText } from '../report/escape.ts'
import { isTerminal } from './prompts.ts'

/** Bars on a terminal, plain lines elsewhere. */
export const showProgress = (stream: Writable): Progress =>
  isTerminal(stream) ? showBars(stream) : showLines(stream)

/** A line where a task begins, at each fifth of the way, and at its end: fit for a CI job's log. */
function showLines(stream: Writable): Progress {
  const step = (message: string) => void stream.write(`${escapeText(message)}\n`)
  return {
    step,
    task(name, total) {
      let done = 0
      let fifth = 0
      step(`${name}: reading${total === null ? '' : ` ${formatBytes(total)}`}`)
      return {
        advance(bytes) {
          done += bytes
          const reached = total ? Math.floor((5 * done) / total) : 0
          if (reached > fifth && reached < 5) step(`${name}: ${reached * 20} %`)
          fifth = Math.max(fifth, reached)
        },
        end() {
          step(`${name}: read ${formatBytes(done)}`)
        },
      }
    },
  }
}

/** One bar a task; steps scroll above them. The bars leave when the last one ends. */
function showBars(stream: Writable): Progress {
  let bars: MultiBar | null = null
  let running = 0
  const open = () =>
    new MultiBar({
      stream,
      clearOnComplete: true,
      hideCursor: true,
      format: '{name} {bar} {percentage} %  {done} of {size}  {eta_formatted} left',
      barsize: 24,
    })
  return {
    step(message) {
      const line = `${escapeText(message)}\n`
      if (bars) bars.log(line)
      else stream.write(line)
    },
    task(name, total) {
      bars ??= open()
      running += 1
      let done = 0
      const shown = () => ({ done: formatBytes(done), size: total === null ? '?' : formatBytes(total) })
      const bar = bars.create(total ?? 0, 0, { name: escapeText(name), ...shown() })
      return {
        advance(bytes) {
          done += bytes
          bar.update(done, shown())
        },
        end() {
          bar.stop()
          bars?.remove(bar)
          running -= 1
          if (running > 0) return
          bars?.stop()
          bars = null
        },
      }
    },
  }
}
