import {
  type ConnectionHealthMonitor,
  classifyFault,
  type ServerAnswerCallback,
  serverUnreachable,
} from '@hale/core'
import type { Connection } from '../pool/connection.ts'
import type { SentinelState } from '../server-snapshot.ts'
import { type Activity, activityQuestion, readActivity } from './activity.ts'
import { Asked, type Finding } from './asked.ts'
import { BackendWatch } from './backend-watch.ts'
import { greet, settleIn } from './greeting.ts'
import { modeOf, nameOf, type PoolerPorts } from './pooler.ts'
import { isPassing, isRefusal, refusedBy } from './refusals.ts'
import type { SentinelPolicy } from './sentinel-options.ts'
import { ServerSurvey } from './server-survey.ts'
import { ServerView } from './server-view.ts'
import { SentinelSession, SessionLostError, UnaskableClientError } from './session.ts'

/** Turns between two questions about the server itself, and between two while nobody holds a connection. */
const RARELY = 10
/** Turns between two looks at the locks while nobody is seen to wait for one. */
const LOCKS_EVERY = 5
/** How long to wait after the first attempt that failed, and at most, ms. */
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000
/** Longest that a new session is waited for without a byte because links are slow, or may be, ms. */
const LONGEST_PATIENCE_MS = 4_000
/** Share of its time that the server may spend on answering. */
const MOST_OF_THE_TIME = 0.01

/** What the server is from now on. */
export interface ServerChange {
  readonly inHotStandby: boolean | undefined
  readonly serverVersion: string | undefined
}

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
  onChanged(change: ServerChange): void
  /** A pooler stands before the server: what its sessions are told may be of another one. */
  onPooled(): void
  /** Somebody waits for a lock: where leases begin is worth noting now. */
  onBlocked(): void
}

/**
 * Watches one server over a session of its own, which takes no slot, is opened when there is something to
 * watch, and is given up as soon as one question was not answered. One question at a time.
 */
export class Sentinel {
  readonly view: ServerView = new ServerView()
  readonly #ports: SentinelPorts
  readonly #watch: BackendWatch
  readonly #asked: Asked
  readonly #survey: ServerSurvey
  #session: SentinelSession | undefined
  /** Not settled in yet. */
  #opening: SentinelSession | undefined
  /** The session has answered something else than a greeting. */
  #isProven = false
  #isBusy = false
  #isClosed = false
  /** Told when the run has ended during which it was closed. */
  #onRunOver: (() => void) | undefined
  #turn = 0
  /** Nobody held a connection when it was looked last. */
  #isQuiet = false
  /** Somebody was seen to wait for a lock: who, and for whom, is asked at the next look. */
  #looksCloser = false
  #restingTurns = 0
  #nextLookAt = 0
  #failures = 0
  #retryAt = 0
  #heardAt = Number.NEGATIVE_INFINITY
  #isUnreachable = false
  /** The server does not tell of its backends. */
  #isBlind = false
  /** The application's client class speaks no protocol that we know. */
  #isMute = false

  constructor(ports: SentinelPorts) {
    this.#ports = ports
    this.#survey = new ServerSurvey({
      time: ports.time,
      monitor: ports.monitor,
      view: this.view,
      everyMs: ports.policy.intervalMs * RARELY,
      pauseMs: ports.policy.timeoutMs / MOST_OF_THE_TIME,
    })
    this.#asked = new Asked(ports.time)
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
      const isEnough = this.isResting || this.view.isPooledBySession
      if (isEnough && !this.#isBusy) this.#rest()
      return
    }
    this.#turn += 1
    const wasQuiet = this.#isQuiet
    this.#isQuiet = !ours.some(({ state }) => state === 'leased')
    const isSkipped = this.#isQuiet && wasQuiet && this.#turn % RARELY !== 1
    if (this.#isMute || (isSkipped && this.#session !== undefined)) return
    if (now >= this.#nextLookAt && (this.#session !== undefined || now >= this.#retryAt)) {
      void this.#run()
    }
  }

  /** Asks now what the server does for `connection`; calls back once, later, and within a bound. */
  ask(connection: Connection, done: ServerAnswerCallback): void {
    this.#asked.add(connection, done)
    if (this.#isClosed || this.#isMute || !this.#canSee) this.#asked.tell(() => unknown)
    else void this.#run()
  }

  /** `done` is called when every session is closed, within a bound. */
  close(done: () => void): void {
    this.#isClosed = true
    const session = this.#session ?? this.#opening
    this.#session = undefined
    let left = 2
    const isDone = (): void => {
      left -= 1
      if (left === 0) done()
    }
    if (this.#isBusy) this.#onRunOver = isDone
    else isDone()
    if (session === undefined) isDone()
    else session.close(isDone)
  }

  /** Whether process ids mean anything, and we may look at them. */
  get #canSee(): boolean {
    return !this.view.isPooled && !this.#isBlind
  }

  #rest(): void {
    this.#session?.close()
    this.#session = undefined
  }

  async #run(): Promise<void> {
    if (this.#isBusy || this.#isClosed) return
    this.#isBusy = true
    do {
      await this.#lookFor(this.#asked.take())
    } while (!this.#asked.isEmpty && !this.#isClosed)
    this.#isBusy = false
    if (!this.#isClosed) return
    this.#asked.tell(() => unknown)
    this.#onRunOver?.()
  }

  /** A session that turns out to be dead is no answer: there is a second attempt with a new one. */
  async #lookFor(asked: Asked): Promise<void> {
    const hadSession = this.#session !== undefined
    await this.#attempt(asked)
    if (!asked.isEmpty && hadSession && !this.#isClosed) await this.#attempt(asked)
    asked.tell(() => (this.#isClosed ? unknown : unanswered))
  }

  /** Never rejects. Whoever is not told that asked could not be. */
  async #attempt(asked: Asked): Promise<void> {
    try {
      this.#session ??= await this.#open()
      if (this.#isClosed) {
        this.#rest()
        return
      }
      if (this.#canSee) {
        const activity = await this.#see(this.#session, asked)
        this.#proved()
        asked.tell((each) => this.#watch.find(each, activity, this.#heardAt))
      } else asked.tell(() => unknown)
      if (!this.view.isPooledBySession) await this.#askRarely(this.#session)
    } catch (error) {
      this.#failed(error as Error, asked)
    }
  }

  #proved(): void {
    this.#heardAt = this.#ports.time.now()
    this.#isProven = true
    this.#failures = 0
  }

  async #open(): Promise<SentinelSession> {
    const session = new SentinelSession({
      ...this.#ports,
      timeoutMs: this.#patienceMs(),
      onHeard: () => {
        this.#heardAt = this.#ports.time.now()
      },
    })
    this.#opening = session
    try {
      await session.open()
      await this.#settle(session)
      if (session.isOver) throw new SessionLostError('lost while it was opened')
      return session
    } catch (error) {
      session.close()
      throw error
    } finally {
      this.#opening = undefined
    }
  }

  /**
   * How long the server may be silent while a session opens: longer where the pool's own connections took
   * longer to open, and twice as long each time that nothing came, as links may have become slow since.
   */
  #patienceMs(): number {
    const { policy, connections } = this.#ports
    const openings = connections().map(({ openingAt, openedAt }) => openedAt - openingAt)
    const quickestMs = openings.length > 0 ? Math.min(...openings) : 0
    const doubledMs = policy.timeoutMs * 2 ** this.#failures
    const wantedMs = Math.min(LONGEST_PATIENCE_MS, Math.max(doubledMs, quickestMs))
    return Math.max(policy.timeoutMs, wantedMs)
  }

  async #settle(session: SentinelSession): Promise<void> {
    const { time, policy, monitor, onChanged, onPooled } = this.#ports
    const greeting = await greet(session)
    this.#heardAt = time.now()
    const { isAnother, hasChanged } = this.view.greeted(greeting, this.#heardAt)
    if (isAnother) {
      this.#watch.forget()
      this.#isBlind = false
    }
    if (!greeting.isPooled) await settleIn(session, greeting, policy.timeoutMs)
    else if (!this.view.isPooled) {
      const mode = await modeOf(session, this.#ports)
      this.view.pooledBy(await nameOf(this.#ports), mode)
      onPooled()
    }
    this.#isProven = false
    this.#isUnreachable = false
    this.view.unlimit(ownFact)
    monitor.clear('server_unreachable')
    if (hasChanged) onChanged(this.#present)
  }

  get #present(): ServerChange {
    const { inHotStandby, greeting } = this.view
    return { inHotStandby, serverVersion: greeting?.versionText }
  }

  async #see(session: SentinelSession, asked: Asked): Promise<Activity> {
    const { time, connections, onBlocked } = this.#ports
    const ours = connections()
    const pids = ours.map(pidOf)
    const told = ours.filter((each) => asked.has(each) || !this.#watch.isKnown(each)).map(pidOf)
    const withLocks = this.#looksCloser || this.#turn % LOCKS_EVERY === 1
    const { version = 0 } = this.view.greeting ?? {}
    const rows = await session.ask(activityQuestion(version, { pids, told, withLocks }))
    const now = time.now()
    const activity = readActivity(rows, withLocks)
    this.#nextLookAt = now + activity.tookMs / MOST_OF_THE_TIME
    const temporary = this.view.facts.temporary ?? {}
    const isAnyoneBlocked = this.#watch.take(ours, activity, temporary, now)
    if (isAnyoneBlocked) onBlocked()
    this.#looksCloser = isAnyoneBlocked || isAnyoneWaiting(activity)
    return activity
  }

  async #askRarely(session: SentinelSession): Promise<void> {
    const { time, onChanged } = this.#ports
    const now = time.now()
    if (!this.#survey.areFactsDue(now)) {
      await this.#survey.askLag(session)
      return
    }
    if (await this.#survey.askFacts(session, now)) onChanged(this.#present)
    this.#proved()
    await this.#survey.askStatistics(session, now)
  }

  #failed(error: Error, asked: Asked): void {
    if (this.#isClosed) return
    const session = this.#session
    if (session !== undefined && !session.isOver && isRefusal(error)) {
      this.#refused(error, asked)
      return
    }
    this.#rest()
    if (session !== undefined && this.#isProven) return // one more attempt, now or next turn, finds out more
    if (error instanceof UnaskableClientError) this.#isMute = true
    const { kind, sqlState, scope } = classifyFault(error)
    const isLost = error instanceof SessionLostError
    const lastError = isLost ? 'connection_timeout' : kind
    const { time, monitor, random, heardAt } = this.#ports
    const now = time.now()
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures)
    this.#failures += 1
    this.#retryAt = now + pauseMs * (0.5 + 0.5 * random())
    this.#isUnreachable = true
    const reason = sqlState === undefined ? `no session (${lastError})` : refusedBy(error)
    this.view.limit(ownFact, this.#isMute ? 'the client class cannot be asked' : reason)
    if (sqlState !== undefined || (scope === 'unknown' && !isLost)) {
      asked.tell(() => unknown) // it lives and does not let us in, or it is us who cannot ask
    } else if (Math.max(heardAt(), this.#heardAt) < now - pauseMs) {
      monitor.sight(serverUnreachable(this.#failures, lastError))
    }
  }

  /** The server does not say what its backends do: for now, or, if it is a matter of privilege, at all. */
  #refused(error: Error, asked: Asked): void {
    const { time, policy } = this.#ports
    this.#proved()
    if (isPassing(error)) this.#nextLookAt = time.now() + policy.timeoutMs / MOST_OF_THE_TIME
    else {
      this.#isBlind = true
      this.view.limit('what backends do', refusedBy(error))
    }
    asked.tell(() => unknown)
  }
}

const unknown: Finding = { answer: 'unknown' }
const unanswered: Finding = { answer: 'unanswered' }

/** What is named as a limit while the sentinel has no session. */
const ownFact = "the server's side"

function isAnyoneWaiting({ backends }: Activity): boolean {
  for (const { waitEvent } of backends.values()) if (waitEvent?.startsWith('Lock:')) return true
  return false
}

function pidOf({ client }: Connection): number {
  return client.processID ?? 0
}
