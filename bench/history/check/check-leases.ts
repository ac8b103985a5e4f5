import type { EntryOf, HistoryEntry } from '../history.ts'
import { opOf } from '../tags.ts'
import type { Violation } from './violation.ts'

type Lent = EntryOf<'lent'>

/** Nobody was lent what somebody else held, and nobody was lent a transaction. */
export function checkLeases(history: readonly HistoryEntry[]): readonly Violation[] {
  const holders = new Holders()
  for (const entry of history) holders.take(entry)
  return holders.violations
}

/**
 * Who holds what at one point of a history, by three witnesses: the callers (client by client), the pool's own
 * events (connection by connection), and the wire (no statement of anybody else on a link that is held).
 */
class Holders {
  readonly violations: Violation[] = []
  readonly #ops = new Map<number, string | undefined>()
  readonly #byClient = new Map<number, Lent>()
  readonly #byLink = new Map<number, Lent>()
  readonly #byAsk = new Map<number, Lent>()
  readonly #leasedConnections = new Set<number>()

  take(entry: HistoryEntry): void {
    switch (entry.kind) {
      case 'asked':
        this.#ops.set(entry.ask, entry.op)
        break
      case 'lent':
        this.#lend(entry)
        break
      case 'returned':
        this.#takeBack(entry.ask)
        break
      case 'told':
        this.#hear(entry)
        break
      case 'wired':
        this.#see(entry)
        break
      default: // of no concern to leases
    }
  }

  #lend(lent: Lent): void {
    const { ask, client, link, status } = lent
    const other = this.#byClient.get(client)
    if (other !== undefined) {
      this.#accuse(
        `client ${client}: lent to ${this.#of(ask)} while ${this.#of(other.ask)} held it`,
      )
    }
    if (status === 'T' || status === 'E') {
      const evidence = `client ${client}: lent to ${this.#of(ask)} in a transaction (${status})`
      this.violations.push({ rule: 'dirty-lease', evidence })
    }
    this.#byAsk.set(ask, lent)
    this.#byClient.set(client, lent)
    if (link !== undefined) this.#byLink.set(link, lent)
  }

  #takeBack(ask: number): void {
    const lent = this.#byAsk.get(ask)
    if (lent === undefined) return
    this.#byAsk.delete(ask)
    if (this.#byClient.get(lent.client) === lent) this.#byClient.delete(lent.client)
    if (lent.link !== undefined && this.#byLink.get(lent.link) === lent)
      this.#byLink.delete(lent.link)
  }

  #hear({ what, connectionId }: EntryOf<'told'>): void {
    const leased = this.#leasedConnections
    if (what === 'leased' && leased.has(connectionId)) {
      this.#accuse(`connection ${connectionId}: leased while it was leased`)
    }
    if (what === 'leased') leased.add(connectionId)
    if (what === 'released' || what === 'closed') leased.delete(connectionId)
  }

  #see({ link, tag }: EntryOf<'wired'>): void {
    const lent = this.#byLink.get(link)
    if (lent === undefined || tag === undefined) return
    const holder = this.#ops.get(lent.ask)
    if (opOf(tag) === holder) return
    this.#accuse(`link ${link}: ${tag} on it while ${this.#of(lent.ask)} held it`)
  }

  #of(ask: number): string {
    return `operation ${this.#ops.get(ask) ?? '?'} (ask ${ask})`
  }

  #accuse(evidence: string): void {
    this.violations.push({ rule: 'lease-overlap', evidence })
  }
}
