import type { Violation } from './check/violation.ts'
import type { Fate, LayerName } from './history.ts'
import type { FaultKind } from './nemesis/fault.ts'
import type { Round } from './round.ts'

/** What was done in a round or in several, and what was found. */
export interface Tally {
  readonly operations: Readonly<Record<Fate, number>>
  readonly byLayer: Readonly<Record<LayerName, number>>
  /** Statements of callers. */
  readonly statements: number
  /** Statements that the proxy saw, the pool's own included. */
  readonly wired: number
  /** Times that somebody asked the pool for a connection. */
  readonly asks: number
  readonly rows: number
  readonly transfers: number
  readonly connectionsOpened: number
  /** Faults by kind, those aside that were missed. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>
  readonly longestStallMs: number
  readonly violations: readonly Violation[]
}

type Mutable = { -readonly [Name in keyof Tally]: Tally[Name] } & {
  operations: Record<Fate, number>
  byLayer: Record<LayerName, number>
  faults: Partial<Record<FaultKind, number>>
}

export function tallyRound({ history, database, violations }: Round): Tally {
  const tally: Mutable = {
    ...emptyTally(),
    rows: database.rows.length,
    transfers: database.transfers.length,
    violations,
  }
  for (const entry of history) {
    if (entry.kind === 'began') tally.byLayer[entry.layer] += 1
    if (entry.kind === 'settled') tally.operations[entry.fate] += 1
    if (entry.kind === 'sent') tally.statements += 1
    if (entry.kind === 'wired') tally.wired += 1
    if (entry.kind === 'asked') tally.asks += 1
    if (entry.kind === 'told' && entry.what === 'opened') tally.connectionsOpened += 1
    if (entry.kind === 'stalled') tally.longestStallMs = Math.max(tally.longestStallMs, entry.ms)
    if (entry.kind !== 'fault' || entry.isMissed) continue
    const { kind } = entry.step.fault
    tally.faults[kind] = (tally.faults[kind] ?? 0) + 1
  }
  return tally
}

/** The tally before the first round. */
export function emptyTally(): Tally {
  return {
    operations: { acknowledged: 0, undone: 0, unknown: 0 },
    byLayer: { plain: 0, kysely: 0, drizzle: 0 },
    statements: 0,
    wired: 0,
    asks: 0,
    rows: 0,
    transfers: 0,
    connectionsOpened: 0,
    faults: {},
    longestStallMs: 0,
    violations: [],
  }
}

/** Both together. */
export function addTallies(one: Tally, other: Tally): Tally {
  return {
    operations: addCounts(one.operations, other.operations),
    byLayer: addCounts(one.byLayer, other.byLayer),
    statements: one.statements + other.statements,
    wired: one.wired + other.wired,
    asks: one.asks + other.asks,
    rows: one.rows + other.rows,
    transfers: one.transfers + other.transfers,
    connectionsOpened: one.connectionsOpened + other.connectionsOpened,
    faults: addCounts(one.faults, other.faults),
    longestStallMs: Math.max(one.longestStallMs, other.longestStallMs),
    violations: [...one.violations, ...other.violations],
  }
}

function addCounts<Name extends string>(
  one: Readonly<Partial<Record<Name, number>>>,
  other: Readonly<Partial<Record<Name, number>>>,
): Record<Name, number> {
  const sum: Partial<Record<Name, number>> = { ...one }
  for (const name of Object.keys(other) as Name[]) sum[name] = (sum[name] ?? 0) + (other[name] ?? 0)
  return sum as Record<Name, number>
}

/** How many faults there were. */
export function countFaults({ faults }: Tally): number {
  return Object.values(faults).reduce((sum, count) => sum + count, 0)
}
