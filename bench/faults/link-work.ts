import type { FaultLink } from '@hale/testkit'
import { now } from './messages.ts'

/** The latest text on a link. */
interface LatestText {
  readonly text: string
  /** Statements prepared by then, itself included. */
  readonly parsed: number
  /** Statements bound once it is; more than that came later and without a text. */
  readonly bound: number
}

/** Texts of the workload, of its errands, and of the transactions around them. */
const ours = /things|planned|writes|slow_commits|errand|pg_sleep|^\s*(begin|start|commit|rollback)/i

/** What callers have under way on each link, as the wire tells; a pool's own probes and questions are nothing. */
export class LinkWork {
  readonly #latest = new WeakMap<FaultLink, LatestText>()
  /** When each link carried a text of a caller last. */
  readonly #usedAt = new WeakMap<FaultLink, number>()

  /** A text comes on `link`. */
  note(link: FaultLink, text: string): void {
    const { parse, bind } = link.statements
    const isPrepared = parse > (this.#latest.get(link)?.parsed ?? 0)
    this.#latest.set(link, { text, parsed: parse, bound: isPrepared ? bind + 1 : bind })
    if (ours.test(text)) this.#usedAt.set(link, now())
  }

  /** A caller's statement or transaction is under way; of a link that is closed, was when it closed. */
  isUnderWay(link: FaultLink): boolean {
    if (link.transactionStatus === 'T' || link.transactionStatus === 'E') return true
    const latest = this.#latest.get(link)
    if (!link.isBusy || latest === undefined) return false
    const isNamed = link.statements.bind > latest.bound // prepared before: it is sent without its text
    return isNamed || ours.test(latest.text)
  }

  /** Those of `links` that are open and have carried statements of callers, the latest used first. */
  lastUsed(links: readonly FaultLink[]): FaultLink[] {
    const used = links.filter((link) => !link.closed && this.#usedAt.has(link))
    return used.sort((a, b) => (this.#usedAt.get(b) ?? 0) - (this.#usedAt.get(a) ?? 0))
  }
}
