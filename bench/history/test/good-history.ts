import {
  type DatabaseState,
  type EntryOf,
  type Fact,
  type Fate,
  type HistoryEntry,
  openingBalance,
} from '../history.ts'
import { accountCount } from '../ledger.ts'
import { toOp, toTag } from '../tags.ts'

/** A history, and what the database holds after it. */
export interface Observed {
  readonly history: readonly HistoryEntry[]
  readonly database: DatabaseState
}

/** Ms from one entry to the next. */
const stepMs = 10
const timeoutMs = 1_000

/** Writes a history of a pool that does everything right. */
class GoodHistory {
  readonly history: HistoryEntry[] = []
  readonly rows: string[] = []
  readonly #balances = new Map<number, number>()
  readonly transfers: { tag: string; source: number; target: number; amount: number }[] = []
  #now = 1_000
  #asks = 0

  note(fact: Fact): void {
    this.#now += stepMs
    this.history.push({ ...fact, at: this.#now } as HistoryEntry)
  }

  /** A statement of the pool's own `query`. */
  addStatement(op: string, fate: Fate, isThere: boolean): void {
    const tag = toTag(op, 1)
    this.#asks += 1
    this.note({ kind: 'began', op, layer: 'plain', pattern: 'write' })
    this.note({ kind: 'asked', ask: this.#asks, op, timeoutMs, tag })
    this.note({ kind: 'sent', op, tag, writes: true })
    this.#lease(3)
    this.note({ kind: 'wired', link: 3, command: 'other', tag })
    this.note({ kind: 'answered', tag, ...(fate === 'acknowledged' ? { echo: tag } : {}) })
    this.#giveBack(3)
    this.note({ kind: 'settled', op, fate })
    if (isThere) this.rows.push(tag)
  }

  /** A transaction that writes two rows and moves an amount, on connection, client and link `n`. */
  addTransaction(op: string, n: number, fate: Fate, isThere: boolean): void {
    const tags = [toTag(op, 1), toTag(op, 2)] as const
    this.note({ kind: 'began', op, layer: 'kysely', pattern: 'transfer' })
    this.#asks += 1
    const ask = this.#asks
    this.note({ kind: 'asked', ask, op, timeoutMs })
    this.#lease(n)
    this.note({ kind: 'lent', ask, client: n, connectionId: n, link: n, status: 'I' })
    this.note({ kind: 'wired', link: n, command: 'begin', tag: undefined })
    for (const tag of tags) {
      this.note({ kind: 'sent', op, tag, writes: true })
      this.note({ kind: 'wired', link: n, command: 'other', tag })
      this.note({ kind: 'answered', tag, echo: tag })
    }
    const command = fate === 'undone' ? 'rollback' : 'commit'
    this.note({ kind: 'wired', link: n, command, tag: undefined })
    this.note({ kind: 'returned', ask })
    this.#giveBack(n)
    this.note({ kind: 'settled', op, fate })
    if (isThere) this.#keep(tags)
  }

  /** A caller that got nothing within its deadline. */
  addRefusal(op: string): void {
    this.#asks += 1
    this.note({ kind: 'began', op, layer: 'drizzle', pattern: 'transfer' })
    this.note({ kind: 'asked', ask: this.#asks, op, timeoutMs })
    this.#now += timeoutMs - stepMs
    this.note({ kind: 'refused', ask: this.#asks, code: 'HALE_ACQUIRE_TIMEOUT' })
    this.note({ kind: 'settled', op, fate: 'undone', code: 'HALE_ACQUIRE_TIMEOUT' })
  }

  end(): Observed {
    for (const link of [1, 2, 3]) this.note({ kind: 'counted', link, parses: 4, executes: 4 })
    this.note({ kind: 'rested', leased: 0, waiting: 0, hasEnded: true })
    const accounts = Array.from({ length: accountCount }, (_, n) => {
      return { id: n + 1, balance: openingBalance + (this.#balances.get(n + 1) ?? 0) }
    })
    const { rows, transfers } = this
    return { history: this.history, database: { rows, transfers, accounts } }
  }

  #keep([written, moved]: readonly [string, string]): void {
    this.rows.push(written, moved)
    const transfer = { tag: moved, source: 1, target: 2, amount: 7 }
    this.transfers.push(transfer)
    this.#balances.set(1, (this.#balances.get(1) ?? 0) - transfer.amount)
    this.#balances.set(2, (this.#balances.get(2) ?? 0) + transfer.amount)
  }

  #lease(connectionId: number): void {
    this.note({ kind: 'told', what: 'leased', connectionId })
    this.note({ kind: 'sized', total: 3, limit: 4 })
  }

  #giveBack(connectionId: number): void {
    this.note({ kind: 'told', what: 'released', connectionId })
    this.note({ kind: 'sized', total: 3, limit: 4 })
  }
}

/** A history without a fault: every fate, with and without effect, `length` times over. */
export function createGoodHistory(length = 1): Observed {
  const good = new GoodHistory()
  for (let n = 0; n < length; n++) {
    good.addStatement(toOp(0, n), 'acknowledged', true)
    good.addStatement(toOp(1, n), 'unknown', n % 2 === 0)
    good.addStatement(toOp(2, n), 'undone', false)
    good.addTransaction(toOp(3, n), 1, 'acknowledged', true)
    good.addTransaction(toOp(4, n), 2, 'unknown', n % 2 === 0)
    good.addTransaction(toOp(5, n), 1, 'undone', false)
    good.addRefusal(toOp(6, n))
  }
  return good.end()
}

/** The entries of one kind. */
export function entriesOf<Kind extends HistoryEntry['kind']>(
  { history }: Observed,
  kind: Kind,
): readonly EntryOf<Kind>[] {
  return history.filter((entry): entry is EntryOf<Kind> => entry.kind === kind)
}
