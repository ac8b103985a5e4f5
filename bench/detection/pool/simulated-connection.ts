import type {
  ConnectionHealthMetrics,
  RecycleCause,
  SupervisedConnection,
  SupervisedState,
} from '@hale/core'
import type { Random } from '../world/random.ts'
import { backendFactor, type ConnectionFault, soundConnection } from './connection-fault.ts'

/**
 * `opening`: not yet there. `asked`: out of reach for a probe. `candidate`: open beside the others
 * and lent to nobody. `closed`: for good.
 */
export type ConnectionState = 'opening' | 'idle' | 'leased' | 'asked' | 'candidate' | 'closed'

/** Statements until caches and plans of a new backend are warm. */
const coldStatements = 32
/** A probe touches no table, so only the first few are slower. */
const coldProbes = 4
/** Ageing adds no more than this to a backend's factor: it levels off. */
const largestAgeing = 1.5
/** An aged connection is worth replacing from here on. */
const agedFactor = 1.25

/** One connection of the simulated pool: what the supervisor may see, and what is true of it. */
export class SimulatedConnection implements SupervisedConnection {
  readonly leasedBy = undefined
  readonly isListening = false
  readonly isDoubted = false
  readonly id: number
  readonly metrics: ConnectionHealthMetrics
  readonly openedAt: number
  state: ConnectionState = 'opening'
  /** Ends stale events: each statement and each probe has its own. */
  serial = 0

  deadlineAt = Number.POSITIVE_INFINITY
  uses = 0
  idleSince = 0
  leasedAt = 0
  heardAt = 0
  isLeaving = false
  unsentBytes = 0
  receivedBytes = 0
  transactionSince: number | undefined
  runningSince: number | undefined
  runningFingerprint = -1

  /** The lease: statements left, until when a long one goes on, think time and cost of its tenant. */
  statementsLeft = 0
  leaseEndsAt = 0
  thinkMs = 0
  tenantFactor = 1
  isPinned = false
  /** The statement: which one of the workload, and how it is going to end. */
  fingerprint = -1
  ending: 'answered' | 'application' | 'connection' = 'answered'

  /** Closed once nobody holds it. */
  isCondemned = false
  /** The one that leaves when this one is open. */
  replaces: SimulatedConnection | undefined
  /** Why it is being replaced. */
  replacementCause: RecycleCause | undefined
  /** The one that this candidate was opened for. */
  candidateFor: SimulatedConnection | undefined
  /** A candidate that was not open yet when it was asked to take over. */
  takesOver = false
  isProbeWanted = false
  onIdle: (() => void) | undefined

  fault: ConnectionFault = soundConnection
  faultySince: number | undefined
  /** Statements answered, and those of them since the fault began. */
  statements = 0
  statementsAtOnset = 0
  probes = 0
  readonly #coldFactor: number
  /** Growth of the backend's factor with each statement; 0 for a backend that does not age. */
  ageingPerStatement = 0
  agedStatements = 0

  constructor(
    id: number,
    metrics: ConnectionHealthMetrics,
    openedAt: number,
    random: Random,
    isWarm: boolean,
  ) {
    this.id = id
    this.metrics = metrics
    this.openedAt = openedAt
    this.#coldFactor = random.between(1.5, 3)
    if (isWarm) this.statements = coldStatements
  }

  get supervisedState(): SupervisedState {
    if (this.state === 'idle' || this.state === 'candidate') return 'idle'
    return this.state === 'leased' ? 'leased' : 'away'
  }

  /** Whether to close it is right: a fault that the scenario put there, or its age. */
  get isFaulty(): boolean {
    return this.faultySince !== undefined || this.#ageFactor() >= agedFactor
  }

  get isAged(): boolean {
    return this.#ageFactor() >= agedFactor
  }

  /** Statements answered since the fault began. */
  get statementsSinceOnset(): number {
    return this.statements - this.statementsAtOnset
  }

  /** What the backend makes of a statement's time. */
  statementFactor(): number {
    const { statements } = this
    const cold =
      statements < coldStatements
        ? 1 + (this.#coldFactor - 1) * (1 - statements / coldStatements)
        : 1
    return cold * this.#lastingFactor()
  }

  /** What the backend makes of a probe's CPU time. */
  probeFactor(): number {
    const isCold = this.statements + this.probes < coldProbes
    return (isCold ? this.#coldFactor : 1) * this.#lastingFactor()
  }

  beginFault(fault: ConnectionFault, now: number): void {
    this.fault = fault
    this.faultySince = now
    this.statementsAtOnset = this.statements
    this.deadlineAt = Number.POSITIVE_INFINITY // else its lifetime could end what is to be found
  }

  #lastingFactor(): number {
    const { fault } = this
    const own = fault === soundConnection ? 1 : backendFactor(fault, this.statementsSinceOnset)
    return own * this.#ageFactor()
  }

  #ageFactor(): number {
    if (this.ageingPerStatement === 0) return 1
    return 1 + Math.min(largestAgeing, this.ageingPerStatement * this.agedStatements)
  }
}
