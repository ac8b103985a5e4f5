import { createSeededRandom } from '@hale/testkit'
import { createClientClass } from '../client/simulated-client.ts'
import { AttemptLog, type AttemptOutcome } from '../server/attempt-log.ts'
import { serverModel } from '../server/server-model.ts'
import { SimulatedServer } from '../server/simulated-server.ts'
import { enterVirtualTime } from '../time/virtual-process.ts'
import { VirtualTime } from '../time/virtual-time.ts'
import { CallerLog } from './caller-log.ts'
import { Instance, type Traffic } from './instance.ts'
import { type FailoverScenario, scenarioNamed } from './scenarios.ts'
import { type FleetPool, variantNamed } from './variants.ts'

/** What to simulate. */
export interface Run {
  readonly scenario: string
  readonly variant: string
  readonly instances: number
  readonly seed: number
}

/** What came of it: plain data, the same each time. */
export interface Outcome extends Run {
  /** Attempts to connect and logins in each slice of time. */
  readonly dialled: readonly number[]
  readonly loggedIn: readonly number[]
  /** Attempts by what came of them, in all. */
  readonly attempts: Readonly<Record<AttemptOutcome, number>>
  /** How long after the server each instance served again, ascending, ms; without those that did not. */
  readonly recoveries: readonly number[]
  readonly callers: number
  readonly failures: number
  /** Callers who were told nothing until all was over. */
  readonly untold: number
  readonly longestMs: number
  /** Most sessions that the server had at once. */
  readonly mostSessions: number
}

/** Slices of the series, ms. */
export const sliceMs = 500

export const traffic: Traffic = { callersPerSecond: 10, deadlineMs: 5_000 }
/** Of each instance, as pg.Pool has it by default. */
export const poolMax = 10

/** Instances start one after the other within this time, ms, as they do when they are rolled out. */
const ROLL_OUT_MS = 6_000

/** What callers are given to be told something after the last has come, ms: more than any of their bounds. */
const AFTERMATH_MS = 12_000
/** … and pools to come to an end. */
const ENDING_MS = 5_000

/** Simulates one failover of one server under a fleet of instances, in this thread alone. */
export async function simulate(run: Run): Promise<Outcome> {
  const variant = variantNamed(run.variant)
  const scenario = scenarioNamed(run.scenario)
  const { instances: count, seed } = run
  const time = new VirtualTime()
  const attempts = new AttemptLog(sliceMs)
  const server = new SimulatedServer(time, serverModel, createSeededRandom(seed * 7 + 1), {
    maxConnections: count * serverModel.connectionsPerInstance,
    log: attempts,
  })
  const log = new CallerLog(scenario.acceptsAt)
  const leaveVirtualTime = enterVirtualTime(time, createSeededRandom(seed * 7 + 2))
  const leaveVariant = variant.enter?.(time)
  try {
    const surroundings = {
      time,
      server,
      model: serverModel,
      random: createSeededRandom(seed * 7 + 3),
    }
    const Client = createClientClass(surroundings)
    const options = { max: poolMax, connectionTimeoutMillis: traffic.deadlineMs }
    const instances = Array.from({ length: count }, (_, id) => {
      const startsAt = (ROLL_OUT_MS * id) / count
      const { retryAfterMs } = variant
      const createPool = (): FleetPool => variant.createPool(Client, options)
      return new Instance({ id, startsAt, createPool, retryAfterMs, seed }, { time, log, traffic })
    })
    const most = watchSessions(time, server, scenario.endsAt)
    await failOver(time, server, scenario)
    const recoveries = log.recoveries()
    await windUp(time, instances)
    return {
      ...run,
      dialled: [...attempts.dialledBySlice],
      loggedIn: [...attempts.loggedInBySlice],
      attempts: { ...attempts.outcomes },
      recoveries,
      callers: log.callers,
      failures: log.failures,
      untold: log.untold,
      longestMs: log.longestMs,
      mostSessions: most(),
    }
  } finally {
    leaveVariant?.()
    leaveVirtualTime()
  }
}

async function failOver(
  time: VirtualTime,
  server: SimulatedServer,
  { down, failsAt, startsAt, acceptsAt, endsAt }: FailoverScenario,
): Promise<void> {
  await time.runUntil(failsAt)
  server.fail(down)
  await time.runUntil(startsAt)
  server.begin()
  await time.runUntil(acceptsAt)
  server.accept()
  await time.runUntil(endsAt)
}

async function windUp(time: VirtualTime, instances: readonly Instance[]): Promise<void> {
  for (const instance of instances) instance.stop()
  await time.runUntil(time.now() + AFTERMATH_MS)
  for (const instance of instances) instance.end(() => {})
  await time.runUntil(time.now() + ENDING_MS)
}

function watchSessions(time: VirtualTime, server: SimulatedServer, until: number): () => number {
  let most = 0
  const look = (): void => {
    most = Math.max(most, server.sessions)
    if (time.now() < until) time.setTimeout(look, 50)
  }
  look()
  return () => most
}
