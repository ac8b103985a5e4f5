import {
  ConnectionHealthMonitor,
  ConnectionRecycler,
  ConnectionSupervisor,
  type ServerAnswer,
} from '@hale/core'
import { createFakeClock, createSeededRandom, type FakeClock } from '@hale/testkit'
import { Acquiring } from '../../src/acquiring.ts'
import { AcquireTimeoutError } from '../../src/errors.ts'
import { resolvePoolOptions } from '../../src/options.ts'
import type { Connection } from '../../src/pool/connection.ts'
import { PoolEngine } from '../../src/pool/engine.ts'
import type { Holder } from '../../src/pool/holder.ts'
import { hygieneText } from '../../src/pool/hygiene.ts'
import { LeakWatch } from '../../src/pool/leak-watch.ts'
import { MemoryWatch } from '../../src/pool/memory-watch.ts'
import type { OpeningHooks } from '../../src/pool/opening.ts'
import { type ServerAsker, SupervisedPool } from '../../src/pool/supervised-pool.ts'
import { Sweeper } from '../../src/pool/sweeper.ts'
import type { Waiter } from '../../src/pool/waiter-queue.ts'
import type { PoolPolicyOptions } from '../../src/pool-policy.ts'
import { RunningTime } from '../../src/running-time.ts'
import type { TargetServerOptions, TargetSessionAttrs } from '../../src/target-server.ts'
import { FakeClient } from './fake-client.ts'

/** What a caller of the model was told, and when. */
export interface Caller {
  readonly number: number
  /** In the time in which the process ran. */
  readonly askedAt: number
  /** What `giveUp` needs; `undefined` for one who was told at once. */
  waiter: Waiter | undefined
  settledAt: number | undefined
  error: Error | undefined
  client: FakeClient | undefined
}

export interface WorldOptions extends PoolPolicyOptions {
  readonly hosts?: TargetServerOptions['hosts'] | undefined
  readonly targetSessionAttrs?: TargetSessionAttrs
  readonly max?: number
  readonly min?: number
  readonly connectionTimeoutMillis?: number
  readonly idleTimeoutMillis?: number
  readonly maxLifetimeMs?: number
  readonly health?: object
  readonly overlap?: 0 | 1
  readonly maxUses?: number
  readonly allowExitOnIdle?: boolean
  readonly seed?: number
  /** The clients' `query_timeout`; the fake ones note it and keep none. */
  readonly queryTimeoutMs?: number
  /** The application's 'connect' listener. */
  readonly onConnect?: (client: FakeClient) => void
  /** The application's own hooks. */
  readonly hooks?: OpeningHooks
  /** Sees each client before it connects; what it throws is as if the constructor threw. */
  readonly onCreate?: (client: FakeClient) => void
}

/** The real engine, sweeper, monitor and recycler over fake clients and a clock that the test moves. */
export function createWorld(options: WorldOptions = {}): World {
  return new World(options)
}

export class World {
  readonly clock: FakeClock = createFakeClock(1_000)
  readonly time: RunningTime
  readonly overlap: 0 | 1
  readonly hygiene: string | undefined
  readonly clients: FakeClient[] = []
  readonly callers: Caller[] = []
  readonly events: string[] = []
  /** What the supervisor was told: the old one, and its successor. */
  readonly replaced: (readonly [oldId: number, newId: number])[] = []
  readonly monitor: ConnectionHealthMonitor
  readonly engine: PoolEngine
  readonly acquiring: Acquiring
  readonly port: SupervisedPool
  /** What the server was asked out of band. */
  readonly questions: {
    readonly connectionId: number
    readonly done: (answer: ServerAnswer) => void
  }[] = []
  readonly memory: MemoryWatch
  readonly sweeper: Sweeper
  readonly options: {
    max: number
    min: number
    connectionTimeoutMillis: number
    idleTimeoutMillis: number
    maxUses: number
    allowExitOnIdle: boolean
  }
  ended = false
  /** Openings that may be under way at once. */
  #window = 10
  /** Openings that succeeded since that changed. */
  #opened = 0
  #latestTotal = 0
  #served = 0
  #timedOut = 0
  #removed = 0
  readonly #leased = new Map<FakeClient, Connection>()

  constructor(options: WorldOptions) {
    const { maxLifetimeMs, overlap, opening, leakDetection, hygiene, endTimeoutMs } = options
    const { hosts, targetSessionAttrs } = options
    const { health, recycling, policy, target } = resolvePoolOptions({
      hosts,
      targetSessionAttrs,
      health: options.health,
      recycling: { maxLifetimeMs, overlap },
      opening: { strictStart: false, ...opening }, // callers here have deadlines
      leakDetection,
      hygiene,
      endTimeoutMs,
    })
    const random = createSeededRandom(options.seed ?? 1)
    const time = new RunningTime(this.clock)
    this.time = time
    this.overlap = recycling.overlap
    this.hygiene = hygieneText(policy.hygiene)
    this.options = {
      max: options.max ?? 3,
      min: options.min ?? 0,
      connectionTimeoutMillis: options.connectionTimeoutMillis ?? 1_000,
      idleTimeoutMillis: options.idleTimeoutMillis ?? 10_000,
      maxUses: options.maxUses ?? Number.POSITIVE_INFINITY,
      allowExitOnIdle: options.allowExitOnIdle ?? false,
    }
    const monitor = new ConnectionHealthMonitor({ clock: time, health })
    const recycler = new ConnectionRecycler({ recycling, mode: health.mode, random })
    this.monitor = monitor
    monitor.on('connection:opened', () => {
      this.#opened += 1
      if (this.#window < 10 && this.#opened < 4) return
      this.#opened = 0
      this.#window += 1
    })
    monitor.on('connection:open-failed', ({ fault }) => {
      // while another host is left nothing is said of the whole
      if (this.engine.openingFailures === 0) return
      this.#opened = 0
      if (fault.retryable) this.#window = 1
    })
    const note = (name: string) => () => void this.events.push(name)
    this.engine = new PoolEngine({
      options: this.options,
      health,
      policy,
      target,
      overlap: recycling.overlap,
      hooks: options.hooks ?? {},
      time,
      random,
      monitor,
      recycler,
      events: {
        connect: (client) => {
          this.events.push('connect')
          options.onConnect?.(client as FakeClient)
        },
        acquire: note('acquire'),
        release: note('release'),
        remove: () => {
          this.events.push('remove')
          this.#removed += 1
        },
        error: note('error'),
      },
      createClient: (address) => {
        const client = new FakeClient(address)
        if (options.queryTimeoutMs !== undefined) {
          client.connectionParameters.query_timeout = options.queryTimeoutMs
        }
        options.onCreate?.(client)
        this.clients.push(client)
        return client
      },
      onReplaced: (oldId, newId, cause) => {
        this.replaced.push([oldId, newId])
        supervisor.replaced(oldId, newId, cause, time.now())
      },
    })
    this.acquiring = new Acquiring(this.engine)
    const asker: ServerAsker = {
      heardAt: 42,
      ask: (connection, done) => void this.questions.push({ connectionId: connection.id, done }),
    }
    this.port = new SupervisedPool({
      asker,
      engine: this.engine,
      options: this.options,
      time,
    })
    const supervisor = new ConnectionSupervisor({ monitor, recycler, health, port: this.port })
    this.memory = new MemoryWatch({
      time,
      health,
      holds: this.engine.holds,
      connections: () => this.engine.connections(),
      waiting: () => this.engine.waitingCount,
    })
    this.sweeper = new Sweeper({
      engine: this.engine,
      options: this.options,
      health,
      time,
      monitor,
      supervisor,
      leaks: new LeakWatch({
        leakDetection: policy.leakDetection,
        callSites: this.engine.callSites,
        connections: () => this.engine.connections(),
        reclaim: (connection) => this.engine.reclaim(connection),
      }),
      memory: this.memory,
    })
    time.watch((stalledMs) => this.engine.thaw(stalledMs))
  }

  /** `onTold` is called at the moment the caller is told. */
  acquire(holder?: Holder, onTold?: (caller: Caller) => void): Caller {
    const caller: Caller = {
      number: this.callers.length,
      askedAt: this.time.runningNow(),
      waiter: undefined,
      settledAt: undefined,
      error: undefined,
      client: undefined,
    }
    this.callers.push(caller)
    const settle = (error: Error | undefined, connection: Connection | undefined): void => {
      if (caller.settledAt !== undefined) throw new Error(`caller ${caller.number} was told twice`)
      caller.settledAt = this.clock.now()
      caller.error = error
      if (error instanceof AcquireTimeoutError) this.#checkPatience(caller)
      if (connection !== undefined) {
        this.#served += 1
        caller.client = connection.client as FakeClient
        this.#admit(caller.client, connection)
      }
      onTold?.(caller)
    }
    const now = this.engine.acquireNow(holder)
    if (now === undefined) caller.waiter = this.engine.acquire(settle, holder)
    else settle(undefined, now)
    return caller
  }

  /** Invariant 1, at the moment it could break. */
  #admit(client: FakeClient, connection: Connection): void {
    if (this.#leased.has(client)) throw new Error('lent to two holders')
    if (client.isDead) throw new Error('lent dead')
    if (client.isBusy) throw new Error('lent busy')
    if (client.transactionStatus !== 'I') throw new Error('lent inside a transaction')
    if (client.onCancel !== undefined) throw new Error('lent while a cancel is on its way')
    if (connection.cancel !== 'none') throw new Error('lent before a cancel was absorbed')
    if (client.isDoomed) throw new Error('lent after FATAL')
    if (connection.condemnedFor !== undefined) throw new Error('lent condemned')
    if (this.clock.now() >= connection.deadlineAt) throw new Error('lent past its deadline')
    if (connection.isDoubted) throw new Error('lent while in doubt')
    if (this.engine.roles.isMisplaced(connection))
      throw new Error('lent on a server that does not fit')
    if (this.hygiene !== undefined && client.isDirty) throw new Error('lent with traces')
    this.#leased.set(client, connection)
  }

  /** No wait is cut short by time in which the process did not run. */
  #checkPatience({ askedAt, number }: Caller): void {
    this.#timedOut += 1
    const waitedMs = this.time.runningNow() - askedAt
    if (waitedMs < this.options.connectionTimeoutMillis) {
      throw new Error(`caller ${number} was told after ${waitedMs} ms`)
    }
  }

  isLeased(client: FakeClient): boolean {
    return this.#leased.has(client)
  }

  release(client: FakeClient, error?: unknown): void {
    this.#leased.delete(client)
    client.release?.(error)
  }

  get leasedClients(): FakeClient[] {
    return [...this.#leased.keys()]
  }

  end(): void {
    this.engine.end(() => {
      this.ended = true
      this.time.stop()
    })
    this.sweeper.stop()
  }

  /** Invariants 2, 3 and 6, at rest between two steps. */
  check(): void {
    const { counts, size } = { counts: this.engine.counts(), size: this.engine.size }
    const { total, opening, idle, leased, probing, cleaning } = counts
    const sum = opening + idle + leased + probing + cleaning
    if (total !== sum || total !== size)
      throw new Error(`total ${total}, states ${sum}, size ${size}`)
    if (idle !== this.engine.idleCount)
      throw new Error(`idle ${idle}, listed ${this.engine.idleCount}`)
    // a lost connection may have been reclaimed from its holder
    const held = [...this.#leased.values()].filter(({ state }) => state === 'leased').length
    if (leased !== held) throw new Error(`leased ${leased}, held ${held}`)
    this.#checkSize(total)
    this.#checkTotals()
    const unsettled = this.callers.filter(({ settledAt }) => settledAt === undefined)
    if (unsettled.length !== counts.waiting) {
      throw new Error(`waiting ${counts.waiting}, unsettled ${unsettled.length}`)
    }
    const now = this.clock.now()
    const ranUntil = this.time.runningNow()
    for (const { askedAt, number } of unsettled) {
      if (ranUntil > askedAt + this.options.connectionTimeoutMillis)
        throw new Error(`caller ${number} overdue`)
    }
    this.#checkOrder()
    if (this.engine.ending) return
    // nobody may have what is past its lifetime, but neither may it keep the last slot
    const isFull = total >= this.options.max
    const isLendable = ({ state, deadlineAt }: Connection): boolean =>
      state === 'idle' && (isFull || now < deadlineAt)
    const lendable = [...this.engine.connections()].some(isLendable)
    if (counts.waiting > 0 && opening + probing === 0 && lendable) {
      throw new Error('somebody waits while a connection is idle')
    }
    const failures = this.engine.openingFailures
    const couldOpen = total < this.options.max && failures === 0 && opening < this.#window
    if (couldOpen && opening + probing < counts.waiting) {
      throw new Error(
        `${counts.waiting} wait, ${opening} opening, ${probing} probing, room for more`,
      )
    }
  }

  /** More than `max` and the overlap only while `max` was lowered, and then ever fewer. */
  #checkSize(total: number): void {
    const most = this.options.max + this.overlap
    if (total > Math.max(most, this.#latestTotal)) throw new Error(`total ${total} > ${most}`)
    this.#latestTotal = total
  }

  #checkTotals(): void {
    const { leases, acquireTimeouts, closed } = this.engine.totals
    if (leases !== this.#served) throw new Error(`${leases} leases, ${this.#served} served`)
    if (acquireTimeouts !== this.#timedOut) {
      throw new Error(`${acquireTimeouts} timeouts, ${this.#timedOut} told`)
    }
    if (closed < this.#removed) throw new Error(`${closed} closed, ${this.#removed} removed`)
  }

  /** Whoever asked first was served first, refusals aside. */
  #checkOrder(): void {
    let latest = Number.NEGATIVE_INFINITY
    for (const { client, settledAt } of this.callers) {
      if (client === undefined || settledAt === undefined) continue
      if (settledAt < latest) throw new Error('served out of order')
      latest = settledAt
    }
  }
}
