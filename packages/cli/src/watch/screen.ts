import type { CliPorts } from '../cli-ports.ts'

const enter = '\x1b[?1049h\x1b[?25l' // the alternate screen, without a cursor
const leave = '\x1b[?25h\x1b[?1049l'
const home = '\x1b[H'
const clearLine = '\x1b[K'
const clearBelow = '\x1b[J'

/** Lines of a terminal that does not say. */
const USUAL_ROWS = 24

/** The terminal while a command has all of it. It is given back as it was, however the process ends. */
export class Screen {
  readonly #ports: Pick<CliPorts, 'stdout' | 'stdin' | 'signals'>
  readonly #onQuit: () => void
  readonly #onResize: () => void
  #isOpen = true

  constructor(
    ports: Pick<CliPorts, 'stdout' | 'stdin' | 'signals'>,
    { onQuit, onResize }: { readonly onQuit: () => void; readonly onResize: () => void },
  ) {
    this.#ports = ports
    this.#onQuit = onQuit
    this.#onResize = onResize
    const { stdout, stdin, signals } = ports
    signals.on('exit', this.#close)
    for (const signal of quitSignals) signals.on(signal, this.#onQuit)
    stdout.on('resize', this.#onResize)
    stdin.on('data', this.#onKeys)
    if (stdin.isTTY) stdin.setRawMode?.(true)
    stdin.resume()
    stdout.write(enter)
  }

  /** Shows as many of `lines` as there is room for; the last row says what is left and how to end. */
  draw(lines: readonly string[]): void {
    const { stdout } = this.#ports
    const room = Math.max(1, (stdout.rows ?? USUAL_ROWS) - 1)
    const shown = lines.slice(0, room)
    const left = lines.length - shown.length
    const foot = left > 0 ? `q ends · ${left} more lines` : 'q ends'
    const text = [...shown, foot].map((line) => `${clearLine}${line}`).join('\r\n')
    stdout.write(`${home}${text}${clearBelow}`)
  }

  close(): void {
    this.#close()
  }

  readonly #close = (): void => {
    if (!this.#isOpen) return
    this.#isOpen = false
    const { stdout, stdin, signals } = this.#ports
    signals.off('exit', this.#close)
    for (const signal of quitSignals) signals.off(signal, this.#onQuit)
    stdout.off('resize', this.#onResize)
    stdin.off('data', this.#onKeys)
    if (stdin.isTTY) stdin.setRawMode?.(false)
    stdin.pause()
    stdout.write(leave)
  }

  readonly #onKeys = (keys: Buffer | string): void => {
    if (quitKeys.some((key) => keys.includes(key))) this.#onQuit()
  }
}

/** Without the terminal's own care Ctrl-C and Ctrl-D are keys like others. */
const quitKeys = ['q', 'Q', '\x03', '\x04'] as const
const quitSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
