import { setTimeout as pause } from 'node:timers/promises'
import type { FaultLink, FaultProxy } from '@hale/testkit'
import type pg from 'pg'
import { now } from '../clock.ts'
import type { ContenderProcess } from './contender-process.ts'
import { killMidTransaction } from './shop-database.ts'

/** One connection that was broken, and when. */
export interface Strike {
  readonly at: number
  readonly processId: number
}

export interface Stage {
  readonly admin: pg.Client
  readonly signal: AbortSignal
}

/** One fault: what it is, how long it lasts, and how it is done to a contender. */
export interface Act {
  readonly id: 'latency' | 'silence' | 'kill' | 'leak'
  readonly title: string
  readonly lastsMs: number
  readonly quickMs: number
  /** Whether the link stays broken until the act is over. */
  readonly breaksLink: boolean
  /** Gives back what was struck; may go on for a while, but not longer than the act lasts. */
  strike(contender: ContenderProcess, stage: Stage): Promise<readonly Strike[]>
}

const ADDED_MS = 80
/** Traffic is watched for this long, to find the connection that is used most, ms. */
const WATCH_MS = 300
/** How often a victim is looked for while there is none, ms. */
const POLL_MS = 10
const KILL_ROUNDS = { count: 3, everyMs: 600, backends: 2 }
const LEAK_ROUNDS = { count: 20, everyMs: 70 }

export const acts: readonly Act[] = [
  {
    id: 'latency',
    title: `one link gains ${ADDED_MS} ms`,
    lastsMs: 9_000,
    quickMs: 6_500,
    breaksLink: true,
    strike: (contender, { signal }) =>
      strikeBusiest(contender, signal, (link) => link.delay(ADDED_MS)),
  },
  {
    id: 'silence',
    title: 'one link goes silent',
    lastsMs: 7_000,
    quickMs: 4_000,
    breaksLink: true,
    strike: (contender, { signal }) => strikeBusiest(contender, signal, (link) => link.freeze()),
  },
  {
    id: 'kill',
    title: 'backends are killed mid-transaction',
    lastsMs: 4_000,
    quickMs: 2_500,
    breaksLink: false,
    strike: kill,
  },
  {
    id: 'leak',
    title: `a client is released inside BEGIN, ${LEAK_ROUNDS.count} times`,
    lastsMs: 4_000,
    quickMs: 2_500,
    breaksLink: false,
    strike: leak,
  },
]

/** Breaks the connection that carries the most traffic right now. */
async function strikeBusiest(
  { proxy }: ContenderProcess,
  signal: AbortSignal,
  fault: (link: FaultLink) => void,
): Promise<readonly Strike[]> {
  const link = await findBusiest(proxy, signal)
  if (link?.processId === undefined) return []
  fault(link)
  return [{ at: now(), processId: link.processId }]
}

async function findBusiest(proxy: FaultProxy, signal: AbortSignal): Promise<FaultLink | undefined> {
  const before = new Map(proxy.links.map((link) => [link, link.bytesDown]))
  await pause(WATCH_MS, undefined, { signal })
  let busiest: { readonly link: FaultLink; readonly bytes: number } | undefined
  for (const link of proxy.links) {
    const bytes = link.bytesDown - (before.get(link) ?? 0)
    if (link.processId !== undefined && bytes > (busiest?.bytes ?? 0)) busiest = { link, bytes }
  }
  return busiest?.link
}

async function kill(
  { schema }: ContenderProcess,
  { admin, signal }: Stage,
): Promise<readonly Strike[]> {
  const strikes: Strike[] = []
  for (let round = 0; round < KILL_ROUNDS.count; round++) {
    const endsAt = now() + KILL_ROUNDS.everyMs
    // there is not a transaction at every instant, and none at all while a process starts again
    for (
      let found = 0;
      found === 0 && now() < endsAt;
      await pause(POLL_MS, undefined, { signal })
    ) {
      const { at, processIds } = await killMidTransaction(admin, schema, KILL_ROUNDS.backends)
      strikes.push(...processIds.map((processId) => ({ at, processId })))
      found = processIds.length
    }
    await pause(Math.max(0, endsAt - now()), undefined, { signal })
  }
  return strikes
}

async function leak(contender: ContenderProcess, { signal }: Stage): Promise<readonly Strike[]> {
  const earlier = contender.record.leftOpen.length
  for (let round = 0; round < LEAK_ROUNDS.count; round++) {
    contender.send({ type: 'leave-open' })
    await pause(LEAK_ROUNDS.everyMs, undefined, { signal })
  }
  return contender.record.leftOpen.slice(earlier)
}
