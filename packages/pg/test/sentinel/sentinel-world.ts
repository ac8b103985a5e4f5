import { ConnectionHealthMonitor, healthDefaults } from '@hale/core'
import { createFakeClock, type FakeClock } from '@hale/testkit'
import { Connection } from '../../src/pool/connection.ts'
import type { PoolableClient } from '../../src/pool/poolable-client.ts'
import { RunningTime } from '../../src/running-time.ts'
import { Sentinel, type SentinelPorts, type ServerChange } from '../../src/sentinel/sentinel.ts'
import type { TextRow } from '../../src/sentinel/session.ts'
import { AskedClient, type Question, refusal, topicOf } from './asked-client.ts'

/** The wall clock of the fake server when our clock says 0. */
export const serverEpoch = 1_800_000_000_000

export interface FakeBackend {
  pid: number
  state?: string | null
  application?: string | null
  statement?: string | null
  wait?: string | null
  startedAt?: number
  transactionAt?: number
  statementAt?: number
  xminAge?: number
  waitingAt?: number | null
  blockers?: readonly number[]
  locks?: number
}

/** A server that answers the sentinel's questions from its fields, and says what it was asked. */
export class FakeServer {
  readonly clock: FakeClock
  readonly clients: AskedClient[] = []
  backends: FakeBackend[] = []
  startedAt = '1790000000.000001'
  version = '180004'
  versionText = '18.4'
  isStandby = false
  seesAll = true
  isPooled = false
  /** Backends that a pooler hands out, in turn. */
  pooledPids: number[] = []
  tookMs = 0.5
  facts: Record<string, unknown> = {}
  statistics: TextRow[] = []
  connectReply: AskedClient['connectReply'] = 'accept'
  /** Instead of an answer, by topic. */
  readonly instead = new Map<string, Error | 'silence' | (() => Error | 'silence' | undefined)>()
  /** Facts that are refused, by name. */
  readonly refused = new Map<string, string>()
  /** Every question by topic, of all sessions. */
  readonly topics: string[] = []
  #nextPid = 900

  constructor(clock: FakeClock) {
    this.clock = clock
  }

  createClient(): AskedClient {
    const client = new AskedClient()
    client.processID = this.#nextPid++
    client.connectReply = this.connectReply
    client.reply = (question) => this.#reply(question, client)
    this.clients.push(client)
    return client
  }

  get latest(): AskedClient {
    const client = this.clients.at(-1)
    if (client === undefined) throw new Error('no client')
    return client
  }

  get open(): readonly AskedClient[] {
    return this.clients.filter(({ isClosed }) => !isClosed)
  }

  count(topic: string): number {
    return this.topics.filter((each) => each === topic).length
  }

  #reply(question: Question, client: AskedClient): readonly TextRow[] | Error | 'silence' {
    const topic = topicOf(question)
    this.topics.push(topic)
    const planned = this.instead.get(topic)
    const instead = typeof planned === 'function' ? planned() : planned
    if (instead !== undefined) return instead
    if (topic === 'greeting') return [this.#greeting(client)]
    if (topic === 'activity') return this.#activity(question)
    if (topic === 'statistics') return this.statistics
    if (topic === 'facts') return this.#facts(question)
    return []
  }

  #greeting(client: AskedClient): TextRow {
    const pid = this.isPooled ? this.#lend() : client.processID
    return {
      pid: `${pid}`,
      version: this.version,
      version_text: this.versionText,
      in_recovery: this.isStandby ? 't' : 'f',
      started_at: this.startedAt,
      uptime_ms: '60000',
      sees_all: this.seesAll ? 't' : 'f',
    }
  }

  #lend(): number {
    const pid = this.pooledPids.shift() ?? 0
    this.pooledPids.push(pid)
    return pid
  }

  #activity({ values = [] }: Question): readonly TextRow[] {
    const [pids, told] = [numbers(values[0]), numbers(values[1])]
    const involved = new Set(
      this.backends.flatMap(({ pid, blockers = [] }) =>
        blockers.length > 0 ? [pid, ...blockers] : [],
      ),
    )
    const seen = this.backends.filter(
      ({ pid, state, locks }) =>
        told.includes(pid) ||
        involved.has(pid) ||
        (pids.includes(pid) && (state !== 'idle' || locks !== undefined)),
    )
    return [...seen.map(rowOf), this.#ending()]
  }

  #ending(): TextRow {
    return {
      pid: null,
      started_at: `${serverEpoch + this.clock.now()}`,
      blockers: null,
      took_ms: `${this.tookMs}`,
    }
  }

  #facts({ text }: Question): readonly TextRow[] | Error {
    const names = [...text.matchAll(/as "(\w+)"/g)].map(([, name = '']) => name)
    for (const name of names) {
      const code = this.refused.get(name)
      if (code !== undefined) return refusal(code)
    }
    const all = { role: { in_recovery: this.isStandby }, ...this.facts } as Record<string, unknown>
    return [
      Object.fromEntries(
        names.map((name) => [name, all[name] === undefined ? null : JSON.stringify(all[name])]),
      ),
    ]
  }
}

function rowOf(backend: FakeBackend): TextRow {
  const text = (value: number | null | undefined): string | null =>
    value === null || value === undefined ? null : `${value}`
  return {
    pid: `${backend.pid}`,
    state: backend.state ?? null,
    state_at: null,
    application: backend.application ?? null,
    statement: backend.statement ?? null,
    wait_type: backend.wait?.split(':')[0] ?? null,
    wait: backend.wait?.split(':')[1] ?? null,
    started_at: text(backend.startedAt ?? serverEpoch),
    transaction_at: text(backend.transactionAt),
    statement_at: text(backend.statementAt),
    xmin_age: text(backend.xminAge),
    waiting_at: text(backend.waitingAt),
    blockers: backend.blockers === undefined ? null : `{${backend.blockers.join()}}`,
    locks: text(backend.locks),
    took_ms: null,
  }
}

function numbers(value: unknown): readonly number[] {
  const inner = String(value).slice(1, -1)
  return inner === '' ? [] : inner.split(',').map(Number)
}

/** A sentinel that looks whenever it is told to, at a server that is not there. */
export interface SentinelWorld {
  readonly clock: FakeClock
  readonly time: RunningTime
  readonly server: FakeServer
  readonly monitor: ConnectionHealthMonitor
  readonly sentinel: Sentinel
  readonly connections: Connection[]
  readonly changes: ServerChange[]
  readonly blocked: { count: number }
  readonly pooled: { count: number }
  heardAt: number
  /** A connection of the pool with a backend, both opened now. */
  connect(pid: number, backend?: Partial<FakeBackend>): Connection
  /** One turn, and what comes of it. */
  tick(ms?: number): Promise<void>
  settle(): Promise<void>
}

export function createSentinelWorld(
  { intervalMs = 1_000, timeoutMs = 1_000 } = {},
  more: Partial<SentinelPorts> = {},
): SentinelWorld {
  const clock = createFakeClock(100_000)
  const time = new RunningTime(clock)
  const server = new FakeServer(clock)
  const monitor = new ConnectionHealthMonitor({ clock, health: healthDefaults })
  const connections: Connection[] = []
  const changes: ServerChange[] = []
  const blocked = { count: 0 }
  const pooled = { count: 0 }
  const sentinel = new Sentinel({
    policy: { intervalMs, timeoutMs, applicationName: undefined },
    time,
    timeoutMs,
    monitor,
    random: () => 1,
    createClient: () => server.createClient(),
    createOddClient: () => server.createClient(),
    connections: () => connections,
    findLocal: () => undefined,
    heardAt: () => world.heardAt,
    onChanged: (change) => void changes.push(change),
    onPooled: () => {
      pooled.count += 1
    },
    onBlocked: () => {
      blocked.count += 1
    },
    ...more,
  })
  const world: SentinelWorld = {
    clock,
    time,
    server,
    monitor,
    sentinel,
    connections,
    changes,
    blocked,
    pooled,
    heardAt: clock.now(),
    connect(pid, backend = {}) {
      const connection = createConnection(monitor, clock.now(), pid)
      connections.push(connection)
      server.backends.push({
        pid,
        state: 'active',
        startedAt: serverEpoch + clock.now(),
        ...backend,
      })
      return connection
    },
    async tick(ms = intervalMs) {
      await clock.advanceAsync(ms)
      sentinel.look()
      await world.settle()
    },
    // a question takes a few turns of promises: each of the steps lets one of them settle
    async settle() {
      for (let step = 0; step < 12; step += 1) await clock.advanceAsync(0)
    },
  }
  return world
}

let lastId = 0

/** A connection that is lent. */
export function createConnection(
  monitor: ConnectionHealthMonitor,
  now: number,
  pid: number,
  client: Partial<PoolableClient> = {},
): Connection {
  lastId += 1
  const fake = Object.assign(new AskedClient(), { processID: pid, ...client })
  const connection = new Connection(lastId, fake, monitor.track(lastId), { at: 0 }, now)
  connection.moveTo('idle')
  connection.moveTo('leased')
  return connection
}
