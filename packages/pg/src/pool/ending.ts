import type { ConnectionHealthMonitor } from '@hale/core'
import type { RunningTime } from '../running-time.ts'
import type { TimerHandle } from '../time-source.ts'
import type { Connection } from './connection.ts'

export interface EndingPorts {
  readonly time: RunningTime
  readonly monitor: ConnectionHealthMonitor
  /** How long holders may keep their clients; `false` for ever. */
  readonly timeoutMs: number | false
  /** Whether no caller waits and no connection is left, not even one that is being closed. */
  isOver(): boolean
  /** How many holders have not given theirs back. */
  held(): number
  /** Closes every connection that is left. */
  closeHard(): void
}

/** Whether nobody holds it, nor counts on it while somebody is still awaited to be served. */
export function isFree({ state, replaces }: Connection, isAwaited: boolean): boolean {
  if (state !== 'opening' && state !== 'probing') return state === 'idle'
  return !isAwaited || replaces !== undefined
}

/** The end of a pool: once, within a bound, and told when it is over. */
export class Ending {
  readonly #ports: EndingPorts
  #hasBegun = false
  #onEnded: (() => void) | undefined
  #timer: TimerHandle | undefined
  #closedHard = 0

  constructor(ports: EndingPorts) {
    this.#ports = ports
  }

  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** `letGo` closes whatever can be closed at once. */
  begin(letGo: () => void, onEnded: () => void): void {
    const { time, timeoutMs } = this.#ports
    this.#hasBegun = true
    this.#onEnded = onEnded
    letGo()
    if (timeoutMs !== false && !this.#ports.isOver()) {
      this.#timer = time.setTimeout(() => {
        this.#closedHard = this.#ports.held()
        this.#ports.closeHard()
      }, timeoutMs)
    }
    this.settle()
  }

  /** To be called whenever a connection is gone for good. */
  settle(): void {
    if (this.#onEnded === undefined || !this.#ports.isOver()) return
    const { time, monitor } = this.#ports
    const onEnded = this.#onEnded
    this.#onEnded = undefined
    if (this.#timer !== undefined) time.clearTimeout(this.#timer)
    monitor.publish({ type: 'pool:closed', at: time.now(), closedHard: this.#closedHard })
    onEnded()
  }
}
