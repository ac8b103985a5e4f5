import { serverSilent, withoutSilence } from '../issues/server-unreachable.ts'
import type { ConnectionHealthMonitor } from '../monitor.ts'
import type { PoolPort, SupervisedConnection } from './pool-port.ts'

/**
 * When the server was last heard of, on any connection or on the session that is asked about them.
 * Raises `server_unreachable` when it leaves a question unanswered and says nothing else either, and
 * clears it at the first sign of life. Time in which this process itself stood still counts as if it
 * had not passed.
 */
export class ServerHearing {
  // Invariants: `#quietSince` is the latest sign of life that was noticed, moved forward by what we
  // stood still since; `#received` is of meaning, and kept, only while a question went unanswered.
  readonly #monitor: ConnectionHealthMonitor
  readonly #port: PoolPort
  /** The latest sign of life as it was told, to notice the next one by. */
  #heardAt = Number.NEGATIVE_INFINITY
  #quietSince = Number.NEGATIVE_INFINITY
  /** When the first question in a row was given up that had no answer. */
  #unansweredAt: number | undefined
  #isConfirmed = false
  /** Bytes received by each connection when that was. */
  #received: Map<number, number> | undefined

  constructor(parts: { readonly monitor: ConnectionHealthMonitor; readonly port: PoolPort }) {
    this.#monitor = parts.monitor
    this.#port = parts.port
  }

  /**
   * Whether a second question, sent after the first had been given up, went unanswered as well, and
   * nothing was heard since.
   */
  get isSilent(): boolean {
    return this.#isConfirmed
  }

  /** For how long nothing has been heard. */
  silentMs(now: number): number {
    return now - this.#quietSince
  }

  /** Looks for signs of life. Once per sweep. */
  listen(connections: readonly SupervisedConnection[], now: number): void {
    let heardAt = this.#port.serverHeardAt ?? Number.NEGATIVE_INFINITY
    for (const connection of connections) {
      // one that is being opened has yet to be heard of
      if (connection.supervisedState !== 'away') heardAt = Math.max(heardAt, connection.heardAt)
    }
    if (heardAt > this.#heardAt) {
      this.#heardAt = heardAt
      this.#heard(heardAt)
    }
    if (this.#hasReceived(connections)) this.#heard(now)
  }

  /** This process was held up for so long until `now`. */
  heldUp(lateMs: number, now: number): void {
    this.#quietSince = Math.min(now, this.#quietSince + lateMs)
  }

  /** The server answered a question. */
  answered(now: number): void {
    this.#heard(now)
  }

  /** A question that was sent at `askedAt` was given up. */
  unanswered(askedAt: number, now: number): void {
    const connections = [...this.#port.connections()]
    this.listen(connections, now)
    if (this.#quietSince > askedAt) return
    if (this.#unansweredAt === undefined) {
      this.#unansweredAt = now
      this.#received = new Map(connections.map(({ id, receivedBytes }) => [id, receivedBytes]))
    } else if (askedAt >= this.#unansweredAt) this.#isConfirmed = true
    const open = this.#monitor.issueOf('server_unreachable')
    this.#monitor.sight(serverSilent(this.silentMs(now), open))
  }

  #heard(at: number): void {
    this.#quietSince = Math.max(this.#quietSince, at)
    if (this.#unansweredAt === undefined) return
    this.#unansweredAt = undefined
    this.#isConfirmed = false
    this.#received = undefined
    const rest = withoutSilence(this.#monitor.issueOf('server_unreachable'))
    if (rest === undefined) this.#monitor.clear('server_unreachable')
    else this.#monitor.sight(rest)
  }

  /** Whether an answer is coming in, whose end only would be told. */
  #hasReceived(connections: readonly SupervisedConnection[]): boolean {
    const before = this.#received
    if (before === undefined) return false
    return connections.some(({ id, receivedBytes }) => receivedBytes > (before.get(id) ?? 0))
  }
}
