import { Arrivals } from './arrivals.ts'
import { EventQueue } from './event-queue.ts'
import { Links } from './links.ts'
import { Random } from './random.ts'
import { Server } from './server.ts'
import { Workload } from './workload.ts'

/** What a scenario fixes; the seed draws the rest. */
export interface WorldOptions {
  /** @default 20 */
  readonly connections?: number
  /**
   * Statements per second of the whole pool, one per lease and without bursts; by default what keeps
   * 20 to 60 % of the connections busy.
   */
  readonly perSecond?: number
  /** Whether the one that was used last is lent first; by default so for two seeds of three. */
  readonly isLifo?: boolean
  /** Whether connections are retired when they reach a lifetime. @default true */
  readonly hasLifetimes?: boolean
}

/** Statements of a transaction: log-uniform between 2 and 20, so that this is their mean. */
export const transactionStatements = { min: 2, max: 20, mean: 18 / Math.log(10) }
/** Mean time between the statements of a transaction. */
export const thinkMs = 3
/** Mean length of a long lease, and the share of the pool that they hold on average. */
export const longLeaseMs = 10_000
const longLeaseShare = 0.03
/** More arrivals than this are too much for one run to be worth its time. */
const mostPerSecondPerConnection = 75

/** The state that every part of one run shares. Time is virtual: it moves from event to event. */
export class World {
  now = 0
  readonly queue = new EventQueue()
  readonly connections: number
  readonly isLifo: boolean
  /** How long a connection lives until its planned end; `Infinity` for no limit. */
  readonly lifetimeMs: number
  /** Share of leases that are transactions. */
  readonly transactionRatio: number
  /** How far the tenants of leases differ in cost (sigma of a lognormal). */
  readonly tenantSigma: number
  /** Share of statements that the server refuses, on whatever connection. */
  applicationErrorRatio = 0.005
  /** Share of statements that fail for reasons of the connection though it is sound. */
  readonly connectionErrorRatio = 2e-6
  readonly workload: Workload
  readonly server: Server
  readonly links: Links
  readonly arrivals: Arrivals
  readonly longArrivals: Arrivals
  /** For what happens from statement to statement. */
  readonly random: Random
  /** For when and where nuisances and faults strike; what the contender does cannot move it. */
  readonly fate: Random
  /** For how long questions to the server take, so that asking more changes nothing else in a run. */
  readonly questions: Random

  constructor(seed: number, options: WorldOptions) {
    const shape = new Random(seed, 'shape')
    this.random = new Random(seed, 'run')
    this.fate = new Random(seed, 'fate')
    this.questions = new Random(seed, 'questions')
    this.connections = options.connections ?? 20
    const isLifo = shape.next() < 2 / 3
    this.isLifo = options.isLifo ?? isLifo
    const lifetimeMs = shape.between(300_000, 900_000)
    this.lifetimeMs = options.hasLifetimes === false ? Number.POSITIVE_INFINITY : lifetimeMs
    const transactionRatio = shape.between(0.03, 0.15)
    this.transactionRatio = options.perSecond === undefined ? transactionRatio : 0
    this.tenantSigma = shape.between(0, 0.3)
    const linkMs = shape.between(0.3, 1)
    this.links = new Links(linkMs, this.random)
    this.workload = new Workload(shape, this.random)
    this.server = new Server(this.workload.fingerprints, this.random)
    const utilisation = shape.between(0.15, 0.5) // bursts and long leases add to it
    const arrivals = new Random(seed, 'arrivals')
    const isSteady = options.perSecond !== undefined
    this.arrivals = new Arrivals(
      {
        perSecond: options.perSecond ?? this.#leasesPerSecond(utilisation, linkMs),
        isSteady,
        groupMax: this.connections / 2,
        peak: 1 / utilisation,
      },
      arrivals,
    )
    const longPerSecond = (longLeaseShare * this.connections * 1_000) / longLeaseMs
    this.longArrivals = new Arrivals(
      { perSecond: isSteady ? 1e-9 : longPerSecond, isSteady: true, groupMax: 1, peak: 1 },
      arrivals,
    )
  }

  schedule(delayMs: number, kind: number, subject = 0, serial = 0): void {
    this.queue.push(this.now + delayMs, kind, subject, serial)
  }

  /** How many leases per second keep this share of the pool busy. */
  #leasesPerSecond(utilisation: number, linkMs: number): number {
    const statementMs = this.workload.meanMs + linkMs
    const statements = transactionStatements.mean
    const transactionMs = statements * statementMs + (statements - 1) * thinkMs
    const share = this.transactionRatio
    const leaseMs = (1 - share) * statementMs + share * transactionMs
    const perSecond = (utilisation * this.connections * 1_000) / leaseMs
    return Math.min(perSecond, mostPerSecondPerConnection * this.connections)
  }
}
