import {
  type ConnectionHealthMonitor,
  classifyFault,
  type ServerAnswer,
  serverUnreachable,
} from '@hale/core'
import type { Connection } from '../pool/connection.ts'
import type { SentinelState } from '../server-snapshot.ts'
import { type Activity, activityQuestion, readActivity } from './activity.ts'
import { BackendWatch } from './backend-watch.ts'
import { greet, settleIn } from './greeting.ts'
import { modeOf, nameOf, type PoolerPorts } from './pooler.ts'
import type { SentinelPolicy } from './sentinel-options.ts'
import { factsQuestion, readFacts } from './server-facts.ts'
import { ServerView } from './server-view.ts'
import { SentinelSession, SessionLostError } from './session.ts'
import { readStatistics, statisticsQuestion } from './statistics.ts'

/** Turns between two questions about the server itself, and between two while nobody holds a connection. */
const RARELY = 10
/** Turns between two looks at the locks while nobody is seen to wait for one. */
const LOCKS_EVERY = 5
/** How often the statistics of tables are looked at, ms: autovacuum itself comes by once a minute. */
const STATISTICS_EVERY_MS = 300_000
/** How long to wait after the first attempt that failed, and at most, ms. */
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000
/** Share of its time that the server may spend on answering. */
const MOST_OF_THE_TIME = 0.01

export interface SentinelPorts extends PoolerPorts {
  readonly policy: SentinelPolicy
  readonly monitor: ConnectionHealthMonitor
  random(): number
  /** The pool's connections to this server. */
  connections(): readonly Connection[]
  /** The connection of any pool of this process that has this backend of the server which began then. */
  findLocal(serverStartedAt: string, pid: number): Connection | undefined
  /** The latest sign of life of any connection of the pool. */
  heardAt(): number
  /** The server has another role, began anew, or is another one. */
  onChanged(): void
  /** Somebody waits for a lock: where leases begin is worth noting now. */
  onBlocked(): void
}

/** Gets what the server does for a connection. */
export type AnswerCallback = (answer: ServerAnswer) => void

/**
 * Watches one server over a session of its own, which takes no slot, is opened when there is something to
 * watch, and is given up as soon as one question was not answered. One question at a time.
 */
export class Sentinel {
  readonly view: ServerView = new ServerView()
  readonly #ports: SentinelPorts
  readonly #watch: BackendWatch
  readonly #asked = new Map<Connection, AnswerCallback>()
  #session: SentinelSession | undefined
  #isBusy = false
  #isClosed = false
  #turn = 0
  /** Nobody held a connection when it was looked last. */
  #isQuiet = false
  #restingTurns = 0
  #nextLookAt = 0
  #failures = 0
  #retryAt = 0
  #factsAt = Number.NEGATIVE_INFINITY
  #statisticsAt: number
  #heardAt = Number.NEGATIVE_INFINITY
  #isUnreachable = false
  /** The server does not tell of its backends, or of none that we have. */
  #isBlind = false

  constructor(ports: SentinelPorts) {
    this.#ports = ports
    this.#statisticsAt = ports.time.now()
    this.#watch = new BackendWatch((pid) => {
      const { greeting } = this.view
      return greeting === undefined ? undefined : ports.findLocal(greeting.startedAt, pid)
    })
  }

  /** Whether there has been nothing to watch for a while. */
  get isResting(): boolean {
    return this.#restingTurns >= RARELY
  }

  /** When the server last answered us, monotonic ms. */
  get heardAt(): number {
    return this.#heardAt
  }

  get state(): SentinelState {
    if (this.view.isPooled) return 'pooled'
    if (this.#isUnreachable) return 'unreachable'
    return this.#session === undefined ? 'resting' : 'watching'
  }

  /** One turn of the clock: looks at what there is to see, if it is time for it. */
  look(): void {
    const { time, connections } = this.#ports
    const now = time.now()
    const ours = connections()
    this.#restingTurns = ours.length > 0 ? 0 : this.#restingTurns + 1
    if (this.#restingTurns > 0 || this.view.isPooledBySession) {
      if (this.#restingTurns >= RARELY || this.view.isPooledBySession) this.#rest()
      return
    }
    this.#turn += 1
    const wasQuiet = this.#isQuiet
    this.#isQuiet = !ours.some(({ state }) => state === 'leased')
    const isSkipped = this.#isQuiet && wasQuiet && this.#turn % RARELY !== 1
    if (isSkipped && this.#session !== undefined) return
    if (now >= this.#nextLookAt && (this.#session !== undefined || now >= this.#retryAt)) {
      void this.#run()
    }
  }

  /** Asks now what the server does for `connection`; calls back once, within a bound. */
  ask(connection: Connection, done: AnswerCallback): void {
    if (this.view.isPooled || this.#isBlind) {
      done('unknown')
      return
    }
    this.#asked.set(connection, done)
    void this.#run()
  }

  /** `done` is called when the session is closed, within a bound. */
  close(done: () => void): void {
    this.#isClosed = true
    const session = this.#session
    this.#session = undefined
    if (session === undefined) done()
    else session.close(done)
  }

  #rest(): void {
    this.#session?.close()
    this.#session = undefined
  }

  async #run(): Promise<void> {
    if (this.#isBusy || this.#isClosed) return
    this.#isBusy = true
    do {
      const asked = new Map(this.#asked)
      this.#asked.clear()
      await this.#lookFor(asked)
    } while (this.#asked.size > 0 && !this.#isClosed)
    this.#isBusy = false
  }

  /** Never rejects. A session that turns out to be dead is no answer: there is a second attempt with a new one. */
  async #lookFor(asked: ReadonlyMap<Connection, AnswerCallback>): Promise<void> {
    const isWanted = asked.size > 0
    const hadSession = this.#session !== undefined
    const isAnswered = await this.#attempt(asked)
    if (!isAnswered && hadSession && isWanted && !this.#isClosed) {
      if (await this.#attempt(asked)) return
    } else if (isAnswered) return
    for (const done of asked.values()) done('unanswered')
  }

  /** Returns whether whoever asked was told. */
  async #attempt(asked: ReadonlyMap<Connection, AnswerCallback>): Promise<boolean> {
    try {
      const session = this.#session ?? (await this.#open())
      this.#session = session
      if (this.#isClosed) {
        this.close(() => {})
        return true
      }
      const activity =
        this.view.isPooled || this.#isBlind ? undefined : await this.#see(session, asked)
      this.#heardAt = this.#ports.time.now()
      for (const [connection, done] of asked) {
        const isSeen = activity !== undefined
        done(isSeen ? this.#watch.answerOf(connection, activity, this.#heardAt) : 'unknown')
      }
      await this.#askRarely(session)
      return true
    } catch (error) {
      return this.#failed(error as Error, asked)
    }
  }

  async #open(): Promise<SentinelSession> {
    const { time, policy, monitor, onChanged } = this.#ports
    const session = await SentinelSession.open(this.#ports)
    try {
      const greeting = await greet(session)
      const isAnother = this.view.greeted(greeting, time.now())
      if (greeting.isPooled) await this.#recognisePooler(session)
      else await settleIn(session, policy.timeoutMs)
      this.#failures = 0
      this.#isUnreachable = false
      this.view.unlimit(ownFact)
      monitor.clear('server_unreachable')
      if (isAnother) onChanged()
      return session
    } catch (error) {
      session.close()
      throw error
    }
  }

  async #recognisePooler(session: SentinelSession): Promise<void> {
    if (this.view.isPooled) return
    const mode = await modeOf(session, this.#ports)
    this.view.pooledBy(await nameOf(this.#ports), mode)
  }

  async #see(
    session: SentinelSession,
    asked: ReadonlyMap<Connection, AnswerCallback>,
  ): Promise<Activity> {
    const { time, connections, onBlocked } = this.#ports
    const ours = connections()
    const pids = ours.map(pidOf)
    const told = ours.filter((each) => asked.has(each) || !this.#watch.isKnown(each)).map(pidOf)
    const withLocks = this.#turn % LOCKS_EVERY === 1
    const { version = 0 } = this.view.greeting ?? {}
    const rows = await session.ask(activityQuestion(version, { pids, told, withLocks }))
    const now = time.now()
    const activity = readActivity(rows)
    this.#nextLookAt = now + activity.tookMs / MOST_OF_THE_TIME
    const temporary = this.view.facts.temporary ?? {}
    if (this.#watch.take(ours, activity, temporary, now)) onBlocked()
    return activity
  }

  async #askRarely(session: SentinelSession): Promise<void> {
    const { time, policy, onChanged } = this.#ports
    const now = time.now()
    if (now - this.#factsAt < policy.intervalMs * RARELY) return
    this.#factsAt = now
    if (await this.#askFacts(session)) onChanged()
    if (now - this.#statisticsAt < STATISTICS_EVERY_MS) return
    this.#statisticsAt = now
    await this.#askStatistics(session)
  }

  /** Returns whether the server has another role now. */
  async #askFacts(session: SentinelSession): Promise<boolean> {
    const parts = this.view.parts()
    try {
      const facts = readFacts(await session.ask(factsQuestion(parts)))
      return this.view.told(facts, this.#ports.time.now())
    } catch (error) {
      if (!isRefusal(error)) throw error
    }
    // one by one, to find out which of them it was
    for (const [name, part] of parts) {
      try {
        await session.ask(factsQuestion(new Map([[name, part]])))
      } catch (error) {
        if (!isRefusal(error)) throw error
        this.view.limit(part.fact, refusedBy(error))
      }
    }
    return false
  }

  async #askStatistics(session: SentinelSession): Promise<void> {
    if (this.view.facts.role?.in_recovery !== false) return // a standby analyses nothing by itself
    const { monitor } = this.#ports
    try {
      const tables = readStatistics(await session.ask(statisticsQuestion))
      const mentioned = monitor.fingerprints.mentions(tables.map(({ table }) => table))
      monitor.judgeStatistics(tables.filter(({ table }) => mentioned.has(table)))
    } catch (error) {
      if (!isRefusal(error)) throw error
      this.view.limit('statistics of tables', refusedBy(error))
    }
  }

  /** Returns whether whoever asked was told. */
  #failed(error: Error, asked: ReadonlyMap<Connection, AnswerCallback>): boolean {
    const { time, monitor, random, heardAt } = this.#ports
    if (this.#session !== undefined && isRefusal(error) && !this.#session.isOver) {
      const { sqlState } = classifyFault(error)
      if (sqlState !== '57014' && sqlState !== '55P03') {
        this.#isBlind = true
        this.view.limit('what backends do', refusedBy(error))
      }
      for (const done of asked.values()) done('unknown')
      return true
    }
    const hadSession = this.#session !== undefined
    this.#rest()
    if (hadSession) return false // one more attempt, at once or with the next turn, finds out more
    const now = time.now()
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures)
    this.#failures += 1
    this.#retryAt = now + pauseMs * (0.5 + 0.5 * random())
    this.#isUnreachable = true
    const { kind, sqlState } = classifyFault(error)
    this.view.limit(ownFact, sqlState === undefined ? `no session (${kind})` : refusedBy(error))
    if (sqlState === undefined) {
      if (heardAt() < now - pauseMs) monitor.sight(serverUnreachable(this.#failures, kind))
      return false
    }
    for (const done of asked.values()) done('unknown') // it lives, and does not let us in
    return true
  }
}

/** What is named as a limit while the sentinel has no session. */
const ownFact = "the server's side"

function pidOf({ client }: Connection): number {
  return client.processID ?? 0
}

/** The server said no, and the session goes on. */
function isRefusal(error: unknown): error is Error {
  if (error instanceof SessionLostError) return false
  const { sqlState, endsSession } = classifyFault(error)
  return sqlState !== undefined && !endsSession
}

function refusedBy(error: Error): string {
  return `refused (${classifyFault(error).sqlState})`
}
