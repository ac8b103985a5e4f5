import type { VirtualTime } from '../time/virtual-time.ts'
import type { AttemptLog, AttemptOutcome } from './attempt-log.ts'
import { refused, startingUp, tooMany } from './refusals.ts'
import type { ServerModel } from './server-model.ts'
import { SharedCores } from './shared-cores.ts'

/** What somebody who dials finds. */
export type ServerState = 'accepting' | 'starting' | 'refusing' | 'silent'

/** The client's end of a connection. */
export interface Peer {
  /** The client has given it up; the server finds out when it next reads or writes. */
  readonly isGone: boolean
  /** It may send statements from now on. */
  accepted(processId: number): void
  /** The server, or the kernel of its machine, says no. */
  refused(error: Error): void
  /** The socket is closed from the other side. */
  reset(): void
}

/** One process of the server, as its own statistics show it; instants in ms of virtual time. */
export interface Backend {
  readonly processId: number
  readonly startedAt: number
  state: 'active' | 'idle'
  stateAt: number
}

/** When TCP tries again to reach somebody who does not answer, ms after the first attempt (RFC 6298, Linux). */
const SYN_AT_MS = [1_000, 3_000, 7_000, 15_000, 31_000]

/** Longest that TCP, which doubles its pauses, lets what it could not deliver wait after a silence, ms. */
const LONGEST_RETRANSMISSION_MS = 6_400

/**
 * A PostgreSQL server: a postmaster that forks one backend after the other, backends that share the cores, a
 * limit of sessions, and phases in which it is not there.
 */
export class SimulatedServer {
  // Invariants: `#sessions` (logged in or logging in) never has more than `maxConnections`; whoever is in
  // `#backlog` or `#sessions` dialled in the present life of the server.
  state: ServerState = 'accepting'
  /** Of the present life; a server that begins anew has another. */
  startedAt = 0
  readonly cores: SharedCores
  readonly maxConnections: number
  readonly log: AttemptLog
  readonly #time: VirtualTime
  readonly #model: ServerModel
  readonly #random: () => number
  readonly #sessions = new Map<Peer, Backend>()
  readonly #backends = new Map<number, Backend>()
  #backlog: Peer[] = []
  #nextInLine = 0
  /** Sessions of an earlier life, whose clients have not heard of its end. */
  readonly #stale = new Set<Peer>()
  #isForking = false
  #life = 0
  #lastProcessId = 1_000

  constructor(
    time: VirtualTime,
    model: ServerModel,
    random: () => number,
    { maxConnections, log }: { readonly maxConnections: number; readonly log: AttemptLog },
  ) {
    this.#time = time
    this.#model = model
    this.#random = random
    this.maxConnections = maxConnections
    this.log = log
    this.cores = new SharedCores(time, model.cores)
  }

  get sessions(): number {
    return this.#sessions.size
  }
  /** `undefined` for one that is gone. */
  backend(processId: number): Backend | undefined {
    return this.#backends.get(processId)
  }
  get waitingToBeAccepted(): number {
    return this.#backlog.length - this.#nextInLine
  }

  // phases

  /** Everything that runs is gone. With `silent` nobody is told, else every client is. */
  fail(state: 'refusing' | 'silent'): void {
    this.state = state
    this.#life += 1
    this.#isForking = false
    this.cores.clear()
    const peers = [...this.#sessions.keys(), ...this.#backlog.slice(this.#nextInLine)]
    this.#sessions.clear()
    this.#backends.clear()
    this.#backlog = []
    this.#nextInLine = 0
    for (const peer of peers) {
      if (state === 'silent') this.#stale.add(peer)
      else this.#later(() => peer.reset())
    }
  }

  /** It answers and takes nobody yet. What its clients retransmit, it knows nothing of. */
  begin(): void {
    this.state = 'starting'
    this.startedAt = this.#time.now()
    for (const peer of this.#stale) {
      const afterMs = LONGEST_RETRANSMISSION_MS * this.#random()
      this.#time.setTimeout(() => peer.reset(), afterMs)
    }
    this.#stale.clear()
  }

  accept(): void {
    this.state = 'accepting'
  }

  // connections

  /** A client dials. */
  dial(peer: Peer): void {
    this.log.dialled(this.#time.now())
    this.#later(() => this.#syn(peer, 0))
  }

  /** The client closes its end. */
  hangUp(peer: Peer): void {
    this.#later(() => this.#endSession(peer))
  }

  /** Runs a statement of a session; calls back when its answer has come in. */
  run(peer: Peer, cpuMs: number, waitMs: number, answered: () => void): void {
    this.#later(() => {
      const backend = this.#sessions.get(peer)
      if (backend === undefined) {
        if (this.state !== 'silent') this.#later(() => peer.reset())
        return
      }
      this.#becomes(backend, 'active')
      this.cores.run(cpuMs, () => {
        this.#time.setTimeout(() => {
          if (this.#sessions.get(peer) !== backend) return
          this.#becomes(backend, 'idle')
          answered()
        }, waitMs + this.#model.hopMs)
      })
    })
  }

  #syn(peer: Peer, attempt: number): void {
    if (peer.isGone) return
    if (this.state === 'refusing') {
      this.#refuse(peer, 'refused', refused())
    } else if (this.state === 'silent' || this.waitingToBeAccepted >= this.#model.backlog) {
      const again = SYN_AT_MS[attempt]
      const before = attempt === 0 ? 0 : (SYN_AT_MS[attempt - 1] as number)
      if (again === undefined) return
      this.#time.setTimeout(() => this.#syn(peer, attempt + 1), again - before)
    } else {
      this.#backlog.push(peer)
      this.#forkNext()
    }
  }

  #forkNext(): void {
    if (this.#isForking) return
    const peer = this.#backlog[this.#nextInLine]
    if (peer === undefined) {
      this.#backlog = []
      this.#nextInLine = 0
      return
    }
    this.#nextInLine += 1
    this.#isForking = true
    const life = this.#life
    this.#time.setTimeout(() => {
      if (life !== this.#life) return
      this.#isForking = false
      this.#forked(peer)
      this.#forkNext()
    }, this.#model.forkMs)
  }

  #forked(peer: Peer): void {
    const { refusalCpuMs, loginCpuMs, loginRoundTrips, hopMs } = this.#model
    if (this.state === 'starting') {
      this.cores.run(refusalCpuMs, () => this.#refuse(peer, 'starting', startingUp()))
    } else if (this.#sessions.size >= this.maxConnections) {
      this.cores.run(refusalCpuMs, () => this.#refuse(peer, 'tooMany', tooMany()))
    } else {
      const backend = this.#beginSession(peer)
      this.cores.run(loginCpuMs, () => {
        this.#time.setTimeout(
          () => {
            if (this.#sessions.get(peer) === backend) this.#loggedIn(peer, backend)
          },
          loginRoundTrips * 2 * hopMs,
        )
      })
    }
  }

  #beginSession(peer: Peer): Backend {
    this.#lastProcessId += 1
    const now = this.#time.now()
    const processId = this.#lastProcessId
    const backend: Backend = { processId, startedAt: now, state: 'idle', stateAt: now }
    this.#sessions.set(peer, backend)
    this.#backends.set(processId, backend)
    return backend
  }

  #endSession(peer: Peer): void {
    const backend = this.#sessions.get(peer)
    this.#sessions.delete(peer)
    if (backend !== undefined) this.#backends.delete(backend.processId)
  }

  #becomes(backend: Backend, state: Backend['state']): void {
    backend.state = state
    backend.stateAt = this.#time.now()
  }

  #loggedIn(peer: Peer, { processId }: Backend): void {
    if (peer.isGone) {
      this.#endSession(peer)
      this.log.ended('abandoned', this.#time.now())
      return
    }
    this.log.ended('loggedIn', this.#time.now())
    peer.accepted(processId)
  }

  #refuse(peer: Peer, outcome: AttemptOutcome, error: Error): void {
    if (peer.isGone) return
    this.log.ended(outcome, this.#time.now())
    this.#later(() => peer.refused(error))
  }

  #later(callback: () => void): void {
    this.#time.setTimeout(callback, this.#model.hopMs)
  }
}
