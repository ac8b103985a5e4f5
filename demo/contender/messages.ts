/** Who plays the shop: the pool that pg brings, or Hale. */
export type ContenderName = 'plain' | 'hale'

export type OperationName = 'place order' | 'read order' | 'list products' | 'restock' | 'report'

/** How an operation ended. `refused` is the shop's own decision (sold out), not a failure. */
export type Outcome = 'done' | 'refused' | 'failed'

/** One operation of the shop, from its first statement to its last answer. */
export interface Operation {
  readonly operation: OperationName
  readonly orm: 'kysely' | 'drizzle'
  readonly startedAt: number
  readonly endedAt: number
  readonly outcome: Outcome
  /** The tag of the row that was written; only on an acknowledged write. */
  readonly tag?: string
  readonly error?: string
}

/** What a contender tells its parent, each fact at once, so that a crash loses none. */
export type FromContender =
  | { readonly type: 'ready' }
  | ({ readonly type: 'operation' } & Operation)
  /** The pool said something about one connection. */
  | {
      readonly type: 'noticed'
      readonly at: number
      readonly processId: number
      readonly what: string
    }
  /** The pool closed a connection before its time. */
  | {
      readonly type: 'swapped'
      readonly at: number
      readonly processId: number
      readonly cause: string
    }
  /** The application released a client inside BEGIN. */
  | { readonly type: 'left-open'; readonly at: number; readonly processId: number }
  | { readonly type: 'dying'; readonly error: string }
  /** `taken`: slots that are still taken although nobody works any more. */
  | { readonly type: 'stopped'; readonly taken: number }

export type ToContender = { readonly type: 'leave-open' } | { readonly type: 'stop' }

/** What a contender is told at its start, in its environment. */
export interface ContenderPlan {
  readonly name: ContenderName
  readonly connectionString: string
  readonly schema: string
  /** Counts the starts of this contender, so that tags stay unique. */
  readonly generation: number
}
