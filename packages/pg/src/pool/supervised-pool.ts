import type {
  LostBecause,
  PairCallback,
  PoolPort,
  ProbePair,
  RecycleCause,
  ServerAnswerCallback,
  SupervisedConnection,
} from '@hale/core'
import { ConnectionLostError } from '../errors.ts'
import { type ProbeOutcome, probe } from '../probe/probe.ts'
import type { RunningTime } from '../running-time.ts'
import type { Connection } from './connection.ts'
import type { PoolEngine } from './engine.ts'
import type { EngineOptions } from './engine-ports.ts'

/** Asks the server of a connection out of band what it does. */
export interface ServerAsker {
  /** When it last heard from a server, monotonic ms. */
  readonly heardAt: number
  ask(connection: Connection, done: ServerAnswerCallback): void
}

/** The engine as the supervisor sees it: what it may look at, and what it may ask for. */
export class SupervisedPool implements PoolPort {
  readonly #engine: PoolEngine
  readonly #options: EngineOptions
  readonly #time: RunningTime
  /** The connection whose `onIdle` runs: it may be asked once although callers wait. */
  #caught: number | undefined
  readonly #asker: ServerAsker | undefined

  constructor(parts: {
    readonly engine: PoolEngine
    readonly options: EngineOptions
    readonly time: RunningTime
    /** `undefined` where nobody asks the server. */
    readonly asker: ServerAsker | undefined
  }) {
    this.#asker = parts.asker
    this.#engine = parts.engine
    this.#options = parts.options
    this.#time = parts.time
  }

  connections(): Iterable<SupervisedConnection> {
    return this.#engine.connections()
  }
  get waitingCount(): number {
    return this.#engine.waitingCount
  }
  /** A newcomer may yet be given up, so that it thins nobody else out. */
  get min(): number {
    return this.#options.min + this.#engine.replacements.surplus
  }
  get canReplace(): boolean {
    return this.#engine.replacements.canBegin || this.#engine.replacements.candidate !== undefined
  }
  get maxUses(): number {
    return this.#options.maxUses
  }
  get idleTimeoutMs(): number | false {
    return this.#options.idleTimeoutMillis || false
  }

  probe(connectionId: number): void {
    const connection = this.#engine.find(connectionId)
    if (connection?.state === 'idle') this.#engine.holds.probe(connection)
    else if (connection?.state === 'leased') connection.probeWanted = true
  }

  awaitIdle(connectionId: number, onIdle: () => void): void {
    const connection = this.#engine.find(connectionId)
    if (connection === undefined) return
    connection.onIdle = () => {
      this.#caught = connectionId
      onIdle()
      this.#caught = undefined
    }
  }

  probePair(
    { suspectId, referenceId, kind, suspectFirst }: ProbePair,
    done: PairCallback,
  ): boolean {
    const isCaught = this.#caught === suspectId || this.#caught === referenceId
    if (this.#engine.waitingCount > 0 && !isCaught) return false
    const suspect = this.#engine.find(suspectId)
    const reference = this.#engine.find(referenceId)
    if (suspect === undefined || reference === undefined) return false
    if (!isAtHand(suspect, this.#engine) || !isAtHand(reference, this.#engine)) return false
    this.#engine.holds.hold(suspect)
    this.#engine.holds.hold(reference)
    suspect.isInPair = true
    reference.isInPair = true
    const outcomes = new Map<Connection, ProbeOutcome>()
    const askedAt = this.#time.now()
    const answered = (connection: Connection, outcome: ProbeOutcome): void => {
      outcomes.set(connection, outcome)
      if (outcomes.size < 2) return
      // both before either is let go: what comes next may hold them again
      const suspectMs = outcomes.get(suspect) === 'answered' ? suspect.wire.probeMs : undefined
      const referenceMs =
        outcomes.get(reference) === 'answered' ? reference.wire.probeMs : undefined
      suspect.isInPair = false
      reference.isInPair = false
      for (const [each, itsOutcome] of outcomes) {
        this.#engine.holds.letGo(each, itsOutcome, 'probe', askedAt)
      }
      done(suspectMs, referenceMs)
    }
    for (const connection of suspectFirst ? [suspect, reference] : [reference, suspect]) {
      probe(connection, kind, this.#engine.holds.patience, (outcome) => {
        answered(connection, outcome)
      })
    }
    return true
  }

  openCandidate(suspectId: number, done: (candidateId: number | undefined) => void): boolean {
    const suspect = this.#engine.find(suspectId)
    if (suspect === undefined) return false
    return this.#engine.replacements.openCandidate(suspect, (candidate) => done(candidate?.id))
  }

  dropCandidate(candidateId: number): void {
    const candidate = this.#engine.find(candidateId)
    if (candidate !== undefined) this.#engine.replacements.dropCandidate(candidate)
  }

  get serverHeardAt(): number | undefined {
    return this.#asker?.heardAt
  }

  askServer(connectionId: number, done: ServerAnswerCallback): boolean {
    const connection = this.#engine.find(connectionId)
    if (this.#asker === undefined || typeof connection?.client.processID !== 'number') return false
    this.#asker.ask(connection, done)
    return true
  }

  replace(connectionId: number, cause: RecycleCause): boolean {
    const connection = this.#engine.find(connectionId)
    return connection !== undefined && this.#engine.replacements.replace(connection, cause)
  }

  evict(connectionId: number, cause: RecycleCause, because?: LostBecause): void {
    const connection = this.#engine.find(connectionId)
    if (connection === undefined) return
    this.#engine.condemn(connection, cause)
    if (because !== undefined && connection.state === 'leased') {
      sever(connection, because, this.#time.now())
    }
  }
}

function isAtHand(connection: Connection, engine: PoolEngine): boolean {
  if (connection.isInPair) return false // it would be let go with a question still unanswered
  return connection.state === 'idle' || connection === engine.replacements.candidate
}

/** Ends a dead link under its holder, who is told now instead of when the kernel gives up. */
function sever({ client, wire }: Connection, because: LostBecause, now: number): void {
  client.connection?.stream?.destroy?.(new ConnectionLostError(now - wire.submittedAt, because))
}
