import type { Fate } from '../history.ts'
import type { HistoryRecorder } from '../record/history-recorder.ts'
import { toTag } from '../tags.ts'
import { codeOf } from './fate.ts'

/** A row of an answer, as far as it is looked at. */
export interface Row {
  readonly tag?: unknown
}

/** How an operation ended; `error` is what the caller was told, if anything. */
export interface Ending {
  readonly fate: Fate
  readonly error?: unknown
}

/** What a pattern has at hand while one caller carries it out once. */
export class Operation {
  readonly op: string
  readonly random: () => number
  readonly #recorder: HistoryRecorder
  #statements = 0

  constructor(op: string, random: () => number, recorder: HistoryRecorder) {
    this.op = op
    this.random = random
    this.#recorder = recorder
  }

  nextTag(): string {
    this.#statements += 1
    return toTag(this.op, this.#statements)
  }

  /** Sends a statement whose text has `tag`, and notes what comes of it. */
  async send<Result extends readonly Row[]>(
    tag: string,
    writes: boolean,
    run: () => PromiseLike<Result>,
  ): Promise<Result> {
    this.#recorder.note({ kind: 'sent', op: this.op, tag, writes })
    try {
      const rows = await run()
      const echo = rows[0]?.tag
      this.#recorder.note({ kind: 'answered', tag, ...(typeof echo === 'string' && { echo }) })
      return rows
    } catch (error) {
      this.#recorder.note({ kind: 'answered', tag, code: codeOf(error) ?? 'none' })
      throw error
    }
  }

  /** Notes that the caller gives up now. */
  noteAbort(): void {
    this.#recorder.note({ kind: 'aborted', op: this.op })
  }

  /** A whole number from `low` to `high`. */
  between(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1))
  }
}
