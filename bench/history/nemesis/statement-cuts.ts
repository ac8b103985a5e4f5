import type { FaultLink } from '@hale/testkit'
import { commandOf } from '../record/record-wire.ts'
import type { Fault } from './fault.ts'

type Cut = Extract<Fault, { kind: 'cut' }>

/** Cuts that wait for a statement of their kind; each hits one. */
export class StatementCuts {
  readonly #armed: Cut[] = []
  readonly #later: (ms: number, undo: () => void) => void

  /** `later` runs an undo after that many ms. */
  constructor(later: (ms: number, undo: () => void) => void) {
    this.#later = later
  }

  arm(cut: Cut): void {
    this.#armed.push(cut)
  }

  disarm(): void {
    this.#armed.length = 0
  }

  /** From within `onStatement`, before the statement is passed on. */
  meet(link: FaultLink, text: string): void {
    const index = this.#armed.findIndex(({ command }) => isMeant(command, text))
    const [cut] = index < 0 ? [] : this.#armed.splice(index, 1)
    if (cut === undefined) return
    const { where, action, forMs } = cut
    if (where === 'answer') link.cutAnswer(action)
    else if (action === 'reset') link.reset()
    else link.freeze()
    if (action === 'freeze') this.#later(forMs, () => link.restore())
  }
}

function isMeant(command: Cut['command'], text: string): boolean {
  return command === 'commit' ? commandOf(text) === 'commit' : /^\s*insert into/i.test(text)
}
