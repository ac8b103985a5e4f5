import type { FaultLink } from '@hale/testkit'
import type { WireCommand } from '../history.ts'
import { tagIn } from '../tags.ts'
import type { HistoryRecorder } from './history-recorder.ts'

/** Notes what the proxy sees. */
export class WireRecorder {
  readonly #recorder: HistoryRecorder
  readonly #usedLinks = new Set<FaultLink>()

  constructor(recorder: HistoryRecorder) {
    this.#recorder = recorder
  }

  /** Takes each statement, as `onStatement` does. */
  take(link: FaultLink, text: string): void {
    const tag = tagIn(text)
    if (tag !== undefined) this.#usedLinks.add(link)
    this.#recorder.note({ kind: 'wired', link: link.id, command: commandOf(text), tag })
  }

  /** Notes how many messages came in all, on links that have seen a caller's statement. */
  sumUp(): void {
    for (const { id: link, statements } of this.#usedLinks) {
      const { parse: parses, execute: executes } = statements
      this.#recorder.note({ kind: 'counted', link, parses, executes })
    }
  }
}

const commands: readonly (readonly [RegExp, WireCommand])[] = [
  [/^\s*(begin|start transaction)\b/i, 'begin'],
  [/^\s*commit\b/i, 'commit'],
  [/^\s*rollback\b(?!\s+to\b)/i, 'rollback'],
]

/** What a statement does to the transaction that it is sent in. */
export function commandOf(text: string): WireCommand {
  return commands.find(([pattern]) => pattern.test(text))?.[1] ?? 'other'
}
