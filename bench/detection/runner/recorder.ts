import type { RecycleCause } from '@hale/core'
import type { SimulatedConnection } from '../pool/simulated-connection.ts'

/** Why a faulty connection left; by its timeout, the client found it without anybody's help. */
export type FoundBy = RecycleCause | 'query-timeout'

/** A labelled fault and what came of it. */
export interface FaultRecord {
  /** `undefined` for a fault of the pool as a whole, such as ageing. */
  readonly connectionId: number | undefined
  readonly beganAt: number
  foundAt?: number
  foundBy?: FoundBy
  /** Statements answered on the connection from the fault's beginning until it was found. */
  statements?: number
}

/** A sound connection was recycled as faulty. */
export interface FalseRecycle {
  readonly connectionId: number
  readonly at: number
  readonly cause: RecycleCause
}

/** Ends of sound connections that were planned: they say nothing about detection. */
const planned: ReadonlySet<RecycleCause> = new Set(['lifetime', 'uses', 'idle', 'operator'])

/** Compares what was recycled with what was faulty at that instant. */
export class Recorder {
  readonly faults: FaultRecord[] = []
  readonly falseRecycles: FalseRecycle[] = []
  trueRecycles = 0
  plannedRecycles = 0
  /** For a trace; gets one line per event worth telling. */
  tell: ((text: string) => void) | undefined

  faultBegan(connection: SimulatedConnection, now: number): void {
    this.faults.push({ connectionId: connection.id, beganAt: now })
    this.tell?.(`connection ${connection.id} turns faulty (${connection.state})`)
  }

  /** A fault that no single connection has; recycling any faulty connection finds it. */
  poolFaultBegan(now: number): void {
    this.faults.push({ connectionId: undefined, beganAt: now })
    this.tell?.('the pool turns faulty')
  }

  /** A connection is being recycled, by the contender or by what every pool does by itself. */
  recycled(connection: SimulatedConnection, cause: RecycleCause, now: number): void {
    if (planned.has(cause)) {
      this.plannedRecycles += 1
      return
    }
    this.tell?.(
      `connection ${connection.id} is recycled for ${cause}: ${connection.isFaulty ? 'right' : 'FALSE'}`,
    )
    if (connection.isFaulty) {
      this.trueRecycles += 1
      this.#found(connection, cause, now)
    } else this.falseRecycles.push({ connectionId: connection.id, at: now, cause })
  }

  /** The client's query timeout closed the connection. */
  timedOut(connection: SimulatedConnection, now: number): void {
    this.tell?.(`connection ${connection.id} is closed by the client's query timeout`)
    this.#found(connection, 'query-timeout', now)
  }

  #found(connection: SimulatedConnection, by: FoundBy, now: number): void {
    const fault = this.faults.find(({ connectionId, foundAt }) => {
      return foundAt === undefined && (connectionId ?? connection.id) === connection.id
    })
    if (fault === undefined) return
    fault.foundAt = now
    fault.foundBy = by
    fault.statements =
      fault.connectionId === undefined ? connection.agedStatements : connection.statementsSinceOnset
  }
}

/** Whether within any 30 s more sound connections were recycled than a tenth of the pool, or one. */
export function isMassRecycling(recycles: readonly FalseRecycle[], connections: number): boolean {
  const most = Math.max(1, Math.ceil(connections / 10))
  return recycles.some(({ at }, index) => {
    const last = recycles[index + most]
    return last !== undefined && last.at - at <= 30_000
  })
}
