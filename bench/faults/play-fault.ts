import { setTimeout as pause } from 'node:timers/promises'
import type { ContenderName } from '../contenders/contender.ts'
import { type ContenderRun, poolSize } from './contender-run.ts'
import type { Fault, Strike } from './fault.ts'
import {
  auditWrites,
  type Cell,
  type CellTimes,
  countErrors,
  countStuck,
  healedAfterMs,
  longestStallOf,
  p99Of,
} from './measure.ts'
import { now } from './messages.ts'
import { auditOf, prepareRun, type Stage } from './stage.ts'

/** How long a cell takes around its fault. */
export interface Pace {
  /** The usual latencies are taken from this long before the fault, ms. */
  readonly usualMs: number
  /** Contenders are watched that long after it, ms. @default what the fault asks for */
  readonly watchMs?: number
}

const measuring: Pace = { usualMs: 4_000 }
const settlingMs = 1_500
const lookEveryMs = 10
/** What comes after a fault that takes a while, ms. */
const leastAfterwardsMs = 2_000

/** Plays one fault to all contenders at the same time, on the same server. */
export async function playFault(
  fault: Fault,
  names: readonly ContenderName[],
  stage: Stage,
  { usualMs, watchMs = fault.watchMs }: Pace = measuring,
): Promise<readonly Cell[]> {
  const runs: ContenderRun[] = []
  for (const name of names) runs.push(await prepareRun(stage, name))
  try {
    for (const run of runs) await run.start()
    for (const run of runs) run.go()
    await pause(settlingMs)
    const beganAt = now()
    await pause(usualMs)
    const openedBefore = new Map(runs.map((run) => [run, run.proxy.counters.accepted]))
    const strikes = await fault.strike(runs, stage)
    const closings = await watch(runs, [...strikes.values()], watchMs)
    const endedAt = now()
    const opened = new Map(
      runs.map((run) => [run, run.proxy.counters.accepted - (openedBefore.get(run) ?? 0)]),
    )
    // what broke stays broken until the slots are counted: nobody would mend it outside of a bench
    await Promise.all(runs.map((run) => run.rest()))
    await Promise.all(runs.map((run) => run.countSlots()))
    await fault.undo?.(stage)
    for (const { proxy } of runs) proxy.all.restore()
    return await Promise.all(
      runs.map(async (run) => {
        const rows = await auditOf(stage, run)
        const strike = strikes.get(run)
        const times = { beganAt, endedAt }
        return toCell(fault, run, strike, {
          ...times,
          opened: opened.get(run) ?? 0,
          closings,
          rows,
        })
      }),
    )
  } finally {
    await Promise.all(runs.map((run) => run.stop()))
  }
}

/** When clients gave up the links that broke; a link does not tell, so it is looked at. */
class Closings {
  readonly #at = new Map<object, number>()

  look(strikes: readonly Strike[]): void {
    for (const { links } of strikes) {
      for (const link of links)
        if (link.clientClosed && !this.#at.has(link)) this.#at.set(link, now())
    }
  }

  isComplete(strike: Strike | undefined): boolean {
    return strike?.links.every((link) => this.#at.has(link)) ?? false
  }

  firstOf(strike: Strike | undefined): number | undefined {
    const instants = (strike?.links ?? []).flatMap((link) => this.#at.get(link) ?? [])
    return instants.length === 0 ? undefined : Math.min(...instants)
  }
}

/** Looks at the links that broke, until the time is over or everybody has died. */
async function watch(
  runs: readonly ContenderRun[],
  strikes: readonly Strike[],
  watchMs: number,
): Promise<Closings> {
  const closings = new Closings()
  const struckAt = Math.max(...strikes.map(({ at }) => at))
  const until = Math.max(struckAt + watchMs, now() + leastAfterwardsMs)
  while (now() < until && runs.some(({ isAlive }) => isAlive)) {
    closings.look(strikes)
    await pause(lookEveryMs)
  }
  return closings
}

interface Seen {
  readonly beganAt: number
  readonly endedAt: number
  readonly opened: number
  readonly closings: Closings
  readonly rows: ReadonlyMap<string, number>
}

function toCell(
  fault: Fault,
  run: ContenderRun,
  strike: Strike | undefined,
  { beganAt, endedAt, opened, closings, rows }: Seen,
): Cell {
  const struckAt = strike?.at ?? endedAt
  const resumedAt = struckAt + (strike?.stoodStillMs ?? 0)
  const times: CellTimes = { beganAt, struckAt, resumedAt, endedAt: run.death?.at ?? endedAt }
  const all = [...run.operations.values()]
  const after = all.filter(
    ({ startedAt, endedAt: at = endedAt }) => startedAt < endedAt && at >= struckAt,
  )
  const failures = after.filter(({ error }) => error !== undefined).length
  const usualP99Ms = p99Of(all, { from: beganAt, to: struckAt, until: struckAt }) ?? 0
  const noticed = noticedAt(fault, run, struckAt, closings.firstOf(strike))
  return {
    fault: fault.id,
    contender: run.name,
    died: run.death?.reason,
    operations: after.length,
    failures,
    unavoidable: Math.min(failures, strike?.unavoidable() ?? 0),
    longestStallMs: longestStallOf(after, times),
    detectedMs: noticed && noticed.at - struckAt,
    detectedBy: noticed?.what,
    usualP99Ms,
    healedMs: run.isAlive ? healedAfterMs(all, times, usualP99Ms) : undefined,
    opened,
    kept: fault.isNoticedByClosing === true && !closings.isComplete(strike) && run.isAlive,
    stuck: run.isAlive ? countStuck(all, endedAt) : 0,
    leaked: run.isAlive ? slotsMissing(run) : 0,
    ...auditWrites(all, rows),
    sentTwice: [...run.sends.values()].filter((count) => count > 1).length,
    errors: countErrors(after),
  }
}

function slotsMissing({ slots = 0, errandsOut }: ContenderRun): number {
  return Math.max(0, poolSize - slots - errandsOut)
}

function noticedAt(
  { isNoticedByClosing = false }: Fault,
  run: ContenderRun,
  struckAt: number,
  closedAt: number | undefined,
): { readonly at: number; readonly what: string } | undefined {
  const said = run.noticed.find(({ at }) => at >= struckAt)
  const gaveUp = isNoticedByClosing && closedAt !== undefined
  if (!gaveUp) return said
  return said !== undefined && said.at < closedAt ? said : { at: closedAt, what: 'closed it' }
}
