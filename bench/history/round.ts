import { setTimeout as delay } from 'node:timers/promises'
import { waitFor } from '@hale/testkit'
import { checkHistory } from './check/check.ts'
import type { Violation } from './check/violation.ts'
import type { DatabaseState, HistoryEntry } from './history.ts'
import { readDatabase } from './ledger.ts'
import type { FaultStep } from './nemesis/fault.ts'
import { planFaults } from './nemesis/plan.ts'
import { Servers } from './nemesis/servers.ts'
import { startStallMeter } from './record/stall-meter.ts'
import { Callers } from './workload/callers.ts'
import { type CreatePool, closeWorld, openWorld, settleMs, type World } from './world.ts'

/** What decides a round. */
export interface RoundOptions {
  readonly seed: number
  readonly durationMs: number
  /** @default the plan of the seed */
  readonly plan?: readonly FaultStep[]
  /** @default a HealthAwarePool */
  readonly createPool?: CreatePool
  /** Used and left running. @default servers of its own */
  readonly servers?: Servers
  /** @default 24: more than any pool has connections */
  readonly callers?: number
  /** Names of what callers do. @default all */
  readonly patterns?: readonly string[] | undefined
  /** Callers who have not settled by then are left behind, and a pool that has not ended, ms. @default settleMs */
  readonly patienceMs?: number
}

/** A round that was played, and judged. */
export interface Round {
  readonly seed: number
  readonly durationMs: number
  readonly history: readonly HistoryEntry[]
  readonly database: DatabaseState
  readonly violations: readonly Violation[]
}

/** Plays one round: callers and a nemesis for as long as it lasts, then peace, then the audit. */
export async function playRound(options: RoundOptions): Promise<Round> {
  const { seed, durationMs, plan = planFaults(seed, durationMs) } = options
  const hasStandby = plan.some(({ fault }) => fault.kind === 'promote')
  const servers = options.servers ?? (await Servers.start({ hasStandby }))
  try {
    const world = await openWorld(servers, seed, options.createPool)
    try {
      await play(world, { ...options, plan })
      await closeWorld(world, options.patienceMs)
    } finally {
      await world.proxy.close()
    }
    const history = world.recorder.entries
    const database = await readDatabase(servers.current)
    const violations = checkHistory(history, database)
    return { seed, durationMs, history, database, violations }
  } finally {
    if (options.servers === undefined) await servers.stop()
  }
}

type Play = RoundOptions & { readonly plan: readonly FaultStep[] }

async function play(world: World, { seed, durationMs, plan, ...options }: Play): Promise<void> {
  const { recorder, pool, nemesis } = world
  const stopMeter = startStallMeter(recorder)
  const { callers: count = 24, patterns } = options
  const callers = new Callers(pool, recorder, { seed, callers: count, patterns })
  try {
    await Promise.all([nemesis.carryOut(plan), delay(durationMs)])
  } finally {
    await nemesis.calm()
    callers.stop()
    const timeoutMs = options.patienceMs ?? settleMs
    await waitFor(() => callers.haveSettled, { timeoutMs }).catch(() => {}) // the checker says who has not
    stopMeter()
  }
}
