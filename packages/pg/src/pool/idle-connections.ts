import type { Connection } from './connection.ts'

/** Whether it may be lent once it has answered; the sweep replaces the rest. */
export function isWithinLifetime({ deadlineAt }: Connection, now: number): boolean {
  return now < deadlineAt
}

/**
 * The connections in state `idle`, the latest used last. Lending takes from the end, so that a pool
 * under light load uses few connections and the rest can go.
 */
export class IdleConnections {
  readonly #stack: Connection[] = []

  get size(): number {
    return this.#stack.length
  }

  /** The latest used, `undefined` when none is idle. */
  get last(): Connection | undefined {
    return this.#stack.at(-1)
  }

  /** The one that was not used for longest, `undefined` when none is idle. */
  get first(): Connection | undefined {
    return this.#stack[0]
  }

  /** Keeps the order by last use: a connection that was only probed goes back to its place. */
  add(connection: Connection): void {
    let index = this.#stack.length
    while (index > 0 && (this.#stack[index - 1] as Connection).idleSince > connection.idleSince) {
      index -= 1
    }
    if (index === this.#stack.length) this.#stack.push(connection)
    else this.#stack.splice(index, 0, connection)
  }

  remove(connection: Connection): void {
    const index = this.#stack.lastIndexOf(connection)
    if (index >= 0) this.#removeAt(index)
  }

  /** Takes out the latest used that fits. */
  takeLast(
    fits: (connection: Connection, now: number) => boolean,
    now: number,
  ): Connection | undefined {
    for (let index = this.#stack.length - 1; index >= 0; index -= 1) {
      const connection = this.#stack[index] as Connection
      if (!fits(connection, now)) continue
      this.#removeAt(index)
      return connection
    }
    return undefined
  }

  #removeAt(index: number): void {
    if (index === this.#stack.length - 1) this.#stack.pop()
    else this.#stack.splice(index, 1)
  }
}
