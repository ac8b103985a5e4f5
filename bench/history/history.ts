import type { FaultStep } from './nemesis/fault.ts'

/**
 * What a caller was told of its operation as a whole.
 *
 * - `acknowledged`: it has taken effect
 * - `undone`: it has left nothing behind
 * - `unknown`: either, and nobody could tell (a lost connection, HALE_COMMIT_UNKNOWN, an abort)
 */
export type Fate = 'acknowledged' | 'undone' | 'unknown'

/** How an operation reaches the pool. */
export type LayerName = 'plain' | 'kysely' | 'drizzle'

/** What a statement on the wire is, as far as the checker cares. */
export type WireCommand = 'begin' | 'commit' | 'rollback' | 'other'

interface Entry<Kind extends string> {
  readonly kind: Kind
  /** Instant of `performance.now()`. */
  readonly at: number
}

/**
 * One observed fact. Entries are in the order in which they were observed, all in one process, so that
 * the order tells what came first even within one millisecond.
 */
export type HistoryEntry =
  /** A caller begins an operation. */
  | (Entry<'began'> & {
      readonly op: string
      readonly layer: LayerName
      readonly pattern: string
    })
  /** The caller of an operation knows all that it will ever know. */
  | (Entry<'settled'> & {
      readonly op: string
      readonly fate: Fate
      readonly code?: string | undefined
      /** An error of what never fails, a release for example, in its own words. */
      readonly thrown?: string | undefined
    })
  /** Somebody asks the pool for a client; with `tag` for one statement, whose lease nobody sees. */
  | (Entry<'asked'> & {
      readonly ask: number
      readonly op: string | undefined
      /** The acquire deadline, ms; 0 is none. */
      readonly timeoutMs: number
      readonly tag?: string | undefined
    })
  /** The caller of an operation gives up. */
  | (Entry<'aborted'> & { readonly op: string })
  | (Entry<'lent'> & {
      readonly ask: number
      /** Counts the clients: the same object, the same number. */
      readonly client: number
      readonly connectionId: number | undefined
      /** Of the proxy; `undefined` when it is gone already. */
      readonly link: number | undefined
      /** pg's own word for the transaction that the client is in. */
      readonly status: string | null
    })
  | (Entry<'refused'> & { readonly ask: number; readonly code: string | undefined })
  /** The holder calls `release`. */
  | (Entry<'returned'> & { readonly ask: number })
  /** A caller hands a statement over. */
  | (Entry<'sent'> & {
      readonly op: string
      readonly tag: string
      /** Whether it leaves a row with its tag. */
      readonly writes: boolean
    })
  | (Entry<'answered'> & {
      readonly tag: string
      /** The tag that the server answered with, where the statement asks for it. */
      readonly echo?: string | undefined
      readonly code?: string | undefined
    })
  /** The proxy saw a statement, whoever sent it and whether it was passed on or not. */
  | (Entry<'wired'> & {
      readonly link: number
      readonly command: WireCommand
      readonly tag: string | undefined
    })
  /** Messages of the extended protocol that the proxy saw on a link that callers used, in all. */
  | (Entry<'counted'> & {
      readonly link: number
      readonly parses: number
      readonly executes: number
    })
  /** What the pool says of a connection: opened, leased, released, condemned, retired, evicted, closed. */
  | (Entry<'told'> & {
      readonly what: ConnectionStep
      readonly connectionId: number
      readonly cause?: string | undefined
    })
  /** The pool's size after something happened to it. */
  | (Entry<'sized'> & { readonly total: number; readonly limit: number })
  /** The event loop was late: `at` is the end of a stall of `ms`. */
  | (Entry<'stalled'> & { readonly ms: number })
  | (Entry<'fault'> & { readonly step: FaultStep; readonly isMissed: boolean })
  /** The pool after all callers have settled, or after nobody waits for them any more. */
  | (Entry<'rested'> & {
      readonly leased: number
      readonly waiting: number
      readonly hasEnded: boolean
    })

/** The steps of a connection that the history keeps. */
export type ConnectionStep =
  | 'opened'
  | 'leased'
  | 'released'
  | 'condemned'
  | 'retired'
  | 'evicted'
  | 'closed'

/** The entry of one kind. */
export type EntryOf<Kind extends HistoryEntry['kind']> = Extract<HistoryEntry, { kind: Kind }>

/** Whatever kind of entry, without its instant. */
export type Fact = HistoryEntry extends infer Each
  ? Each extends HistoryEntry
    ? Omit<Each, 'at'>
    : never
  : never

/** What the database holds after the last statement has come to its end. */
export interface DatabaseState {
  /** Tag of each row, one for each row that has it. */
  readonly rows: readonly string[]
  readonly accounts: readonly Account[]
  readonly transfers: readonly Transfer[]
}

export interface Account {
  readonly id: number
  readonly balance: number
}

/** A row of the table of transfers, which is written in the transaction that moves the amount. */
export interface Transfer {
  readonly tag: string
  readonly source: number
  readonly target: number
  readonly amount: number
}

/** Every account's balance before the first transfer. */
export const openingBalance = 1_000
