import { now } from '../clock.ts'
import type { ContenderName } from '../contender/messages.ts'
import type { ContenderRecord } from '../stage/contender-record.ts'
import type { ActOutcome, RunOutcome } from '../stage/outcome.ts'
import { formatHealed, formatNoticed, formatQuantiles } from './figures-text.ts'

const TICK_MS = 200

/** Where lines go; a TTY gets a ticker as well. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** What the audience sees while the demo runs: lines, and below them, on a TTY, one that lives. */
export class Progress {
  readonly #screen: Screen
  readonly #isLive: boolean
  readonly #startedAt: number = now()
  #title = ''
  #records: (() => readonly ContenderRecord[]) | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(screen: Screen, isLive: boolean) {
    this.#screen = screen
    this.#isLive = isLive
  }

  line(text: string): void {
    const seconds = ((now() - this.#startedAt) / 1_000).toFixed(1).padStart(5)
    this.#screen.write(`${this.#isLive ? '\r\u001b[2K' : ''}${seconds} s  ${text}\n`)
  }

  title(text: string): void {
    this.#title = text
    this.line(text)
  }

  fact(name: ContenderName, text: string): void {
    this.line(`  ${name.padEnd(6)} ${text}`)
  }

  /** What became of one contender in the act that has just ended. */
  act(name: ContenderName, outcome: ActOutcome): void {
    const { before, during, after } = outcome
    for (const [phase, figures] of Object.entries({ before, during, after })) {
      const { operations, failures } = figures
      const counts = `${String(operations).padStart(5)} operations, ${String(failures).padStart(3)} failed`
      this.fact(name, `${phase.padEnd(6)} ${counts}, p50 / p99 ${formatQuantiles(figures)}`)
    }
    this.fact(name, `detected: ${formatNoticed(outcome)}; healed: ${formatHealed(outcome)}`)
  }

  ledger(name: ContenderName, { ledger }: RunOutcome): void {
    this.fact(
      name,
      `${ledger.acknowledged} acknowledged writes, ${ledger.lost} lost, ${ledger.doubled} doubled`,
    )
  }

  /** Keeps a ticker of these records on a TTY; without an argument takes it away. */
  watch(records: (() => readonly ContenderRecord[]) | undefined): void {
    this.#records = records
    clearInterval(this.#timer)
    if (!this.#isLive) return
    if (records === undefined) this.#screen.write('\r\u001b[2K')
    else this.#timer = setInterval(() => this.#tick(), TICK_MS).unref()
  }

  #tick(): void {
    const since = now() - 1_000
    const parts = (this.#records?.() ?? []).map(({ operations }, index) => {
      const recent = operations.slice(-1_000).filter(({ endedAt }) => endedAt >= since)
      const failed = recent.filter(({ outcome }) => outcome === 'failed').length
      return `${index === 0 ? 'plain' : 'hale'} ${recent.length}/s${failed > 0 ? `, ${failed} failed` : ''}`
    })
    const text = `        ${this.#title} … ${parts.join('   ')}`
    this.#screen.write(`\r\u001b[2K${text.slice(0, (this.#screen.columns || 100) - 1)}`)
  }
}
