import { compare } from '../../interleaving.ts'
import { type Verdict, verdictOf } from '../../report.ts'
import type { Measure } from '../../scenario.ts'
import type { PartPlan } from '../figure.ts'
import { everyone, observed as observedNames, primary, rivals } from '../speed-name.ts'
import {
  cpu,
  type FoundCase,
  goalOf,
  leaseCpu,
  leaseTime,
  thousandWaiting,
  throughput,
  toPartPlan,
} from './work-part.ts'

const callers = [1, 10, 64, thousandWaiting]
const turns =
  'Each contender in a process of its own, in turns, forth and back, once the compiler has settled; medians of the rounds, and of the ratios within a round.'

const delay: Measure = { name: 'delay', unit: 'ms', of: ({ delayMs }) => delayMs ?? Number.NaN }
const delayP99: Measure = {
  name: 'delay p99',
  unit: 'ms',
  of: ({ delayP99Ms }) => delayP99Ms ?? Number.NaN,
}

const throughputGoal = goalOf({
  what: 'throughput of Hale to pg-pool',
  subject: 'hale-pg',
  measure: throughput,
  atLeast: 0.99,
})
const cpuGoal = goalOf({
  what: 'CPU of Hale to pg-pool',
  subject: 'hale-pg',
  measure: cpu,
  atMost: 1.02,
})
const loopbackGoal = goalOf({
  what: 'CPU of Hale to pg-pool on loopback',
  subject: 'hale-pg',
  measure: cpu,
  atMost: 1.02,
})

/** Hale beside the instrumentation that sees less. */
function aheadOfTracing({ case: caseOf, rounds }: FoundCase): Verdict {
  const { ratio } = compare(rounds, 'hale-pg', 'opentelemetry', cpu.of)
  const noise = compare(rounds, 'pg-pool again', 'pg-pool', cpu.of).ratio
  const goal = { name: `CPU of Hale to OpenTelemetry's instrumentation, ${caseOf}`, atMost: 0.8 }
  return { ...verdictOf(goal, ratio.median), measured: { ratio, noise } }
}

/** Until nothing changes any more. */
const steady = { settling: 100_000, settlingRounds: 8, roundsPerProcess: 3 }

export const query: PartPlan = toPartPlan({
  name: 'query',
  title: 'pool.query(select 1) on the bare pools, max 10, PostgreSQL',
  method: `${turns} The pools themselves, without anything around them, with their own defaults.`,
  ...steady,
  kind: 'pool-query',
  server: 'real',
  names: rivals,
  callers,
  measures: [throughput, cpu],
  share: 2.5,
  sliceMs: 150,
  isForOneCore: true,
  goals: (found) => [throughputGoal(found), cpuGoal(found)],
})

export const loopback: PartPlan = toPartPlan({
  name: 'loopback',
  title: 'The same against a server of no cost in the process itself',
  method: `${turns} What is left is the client's and the pool's own work, so that small differences show.`,
  ...steady,
  kind: 'pool-query',
  server: 'loopback',
  names: rivals,
  callers,
  measures: [cpu],
  share: 2.5,
  sliceMs: 150,
  isForOneCore: true,
  goals: (found) => [loopbackGoal(found)],
})

export const tracing: PartPlan = toPartPlan({
  name: 'tracing',
  title: "The same beside pg-pool with OpenTelemetry's instrumentation, PostgreSQL",
  method: `${turns} OpenTelemetry samples every span, batches them, and hands them to an exporter that forgets them.`,
  settling: 60_000,
  kind: 'pool-query',
  server: 'real',
  names: primary,
  callers,
  measures: [throughput, cpu],
  share: 0.5,
  isForOneCore: true,
  goals: (found) => [aheadOfTracing(found)],
})

const observedGoal = goalOf({
  what: 'CPU of Hale, observed, to pg-pool',
  subject: 'hale-observed',
  measure: cpu,
  atMost: 1.05,
})

export const observed: PartPlan = toPartPlan({
  name: 'observed',
  title: 'The same with a dashboard and exporters on, PostgreSQL',
  method: `${turns} A dashboard with a viewer samples every 500 ms, and each slice of about 500 ms begins with a scrape by prom-client and a collection by OpenTelemetry, which is many times as often as anybody does. OpenTelemetry gets its metrics from \`createMetricProducer\`, or from the API's instruments by \`createOpenTelemetryMetrics\`.`,
  ...steady,
  settling: 60_000,
  kind: 'pool-query',
  server: 'real',
  names: observedNames,
  callers,
  measures: [throughput, cpu],
  share: 1,
  sliceMs: 500,
  isForOneCore: true,
  goals: (found) => [observedGoal(found)],
})

export const contenders: PartPlan = toPartPlan({
  name: 'contenders',
  title: 'select 1 through each contender, max 10, PostgreSQL',
  method: `${turns} Each through its own interface, with a limit of 60 s on waiting and none on statements; Kysely and Drizzle on Hale are compared with themselves on pg-pool.`,
  settling: 20_000,
  kind: 'query',
  server: 'real',
  names: everyone,
  callers,
  measures: [throughput, cpu],
  share: 0.4,
})

export const adapters: PartPlan = toPartPlan({
  name: 'adapters',
  title: 'Kysely and Drizzle, their dialect and session and their pool together, loopback',
  method: turns,
  settling: 80_000,
  kind: 'query',
  server: 'loopback',
  names: ['pg-pool', 'kysely', 'hale-kysely', 'drizzle', 'hale-drizzle', 'pg-pool again'],
  callers: [10],
  measures: [cpu],
  share: 0.6,
  isForOneCore: true,
  goals: (found) => [
    goalOf({
      what: 'CPU of Kysely on Hale to Kysely on pg-pool, loopback',
      subject: 'hale-kysely',
      measure: cpu,
      atMost: 1.02,
    })(found),
    goalOf({
      what: 'CPU of Drizzle on Hale to Drizzle on pg-pool, loopback',
      subject: 'hale-drizzle',
      measure: cpu,
      atMost: 1.02,
    })(found),
  ],
})

export const lease: PartPlan = toPartPlan({
  name: 'lease',
  title: 'Lease cycle: connect + release on the bare pools, no statement',
  method: turns,
  settling: 400_000,
  kind: 'pool-lease',
  server: 'real',
  names: primary,
  callers: [1],
  measures: [leaseTime, leaseCpu],
  share: 1,
  isForOneCore: true,
  goals: (found) => [
    goalOf({
      what: 'lease cycle of Hale to pg-pool',
      subject: 'hale-pg',
      measure: leaseTime,
      atMost: 1,
    })(found),
  ],
})

export const leases: PartPlan = toPartPlan({
  name: 'leases',
  title: "A connection of one's own for a moment, through each contender",
  method: `${turns} Each through its own interface; postgres.js reserves a connection.`,
  settling: 20_000,
  kind: 'lease',
  server: 'real',
  names: everyone,
  callers: [1],
  measures: [leaseTime],
  share: 0.4,
})

export const eventLoop: PartPlan = toPartPlan({
  name: 'event-loop',
  title: 'How late the event loop is under load, max 10, PostgreSQL',
  method: `${turns} \`monitorEventLoopDelay\` looks every millisecond; its own timer's millisecond is in the numbers of all.`,
  settling: 60_000,
  kind: 'pool-query',
  server: 'real',
  names: primary,
  callers: [10, thousandWaiting],
  measures: [delay, delayP99],
  share: 0.2,
  sliceMs: 500,
  isLoopWatched: true,
})
