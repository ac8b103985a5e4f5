import type { RecycleCause } from '@hale/core'
import { closeClient } from './closing.ts'
import type { Connection } from './connection.ts'
import { publishClosed, publishRecycled } from './connection-events.ts'
import type { EnginePorts, EngineTotals } from './engine-ports.ts'
import { muffle } from './muffle.ts'

/** Connections whose sockets are being closed: they take no slot, so that no waiter waits for a close. */
export class Departures {
  readonly #ports: EnginePorts
  readonly #totals: EngineTotals
  readonly #onGone: () => void
  readonly #closing = new Set<Connection>()

  constructor(ports: EnginePorts, totals: EngineTotals, onGone: () => void) {
    this.#ports = ports
    this.#totals = totals
    this.#onGone = onGone
  }

  get size(): number {
    return this.#closing.size
  }

  /** Closes a connection that was open; without a word to the server where it is `hard`. */
  close(connection: Connection, cause: RecycleCause, hard: boolean): void {
    const { monitor, time, events } = this.#ports
    this.#totals.closed += 1
    this.#closing.add(connection)
    muffle(connection)
    publishRecycled(monitor, connection, cause, time.now())
    closeClient(connection.client, hard, time, (wasHard) => {
      publishClosed(monitor, connection, { cause, hard: wasHard }, time.now())
      events.remove(connection.client)
      this.#gone(connection)
    })
  }

  /** Closes one that never became a connection of the pool. */
  discard(connection: Connection, hard: boolean): void {
    this.#closing.add(connection)
    closeClient(connection.client, hard, this.#ports.time, () => this.#gone(connection))
  }

  #gone(connection: Connection): void {
    connection.moveTo('closed')
    this.#closing.delete(connection)
    this.#ports.monitor.forget(connection.id)
    this.#ports.recycler.forget(connection.id)
    this.#onGone()
  }
}
