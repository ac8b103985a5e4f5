import { abortReasonOf } from './abort-signal.ts'
import type { PoolEngine } from './pool/engine.ts'
import { enterFlow, Holder, holderOfFlow } from './pool/holder.ts'
import type { AcquireCallback, Waiter } from './pool/waiter-queue.ts'

/**
 * Before Node 24 one AsyncLocalStorage in use makes every promise of the process dearer, so that flows are
 * followed only once callers have waited in vain.
 */
const flowsAreCheap = Number(process.versions.node.split('.')[0]) >= 24

type Entry = (...args: never[]) => unknown

/** How callers get connections: who they are is noted as far as it is cheap, and they may give up. */
export class Acquiring {
  readonly #engine: PoolEngine

  constructor(engine: PoolEngine) {
    this.#engine = engine
  }

  /** Notes who calls `entry` to hold a client from now on; `undefined` where there is nothing to note. */
  note(entry: Entry): Holder | undefined {
    const engine = this.#engine
    const site = engine.callSites.sample(entry)
    const isFollowed = engine.isFilling && (flowsAreCheap || engine.totals.acquireTimeouts > 0)
    if (!isFollowed && site === undefined) return undefined
    const holder = new Holder(site, isFollowed ? holderOfFlow() : undefined)
    if (isFollowed) enterFlow(holder)
    return holder
  }

  /** Notes who calls `entry` for one statement, once something has leaked. */
  noteStatement(entry: Entry): Holder | undefined {
    const site = this.#engine.callSites.sampleExactly(entry)
    return site === undefined ? undefined : new Holder(site, undefined)
  }

  /** Waits for a connection, until `signal` aborts. */
  wait(callback: AcquireCallback, noted: Holder | undefined, signal?: AbortSignal): void {
    const latest = holderOfFlow()
    const isAlone = noted === undefined && latest === undefined
    const holder = isAlone ? undefined : (noted ?? new Holder(undefined, undefined))
    holder?.follow(latest)
    if (signal === undefined) {
      this.#engine.acquire(callback, holder)
      return
    }
    let waiter: Waiter | undefined
    const giveUp = (): void => {
      if (waiter !== undefined) this.#engine.giveUp(waiter, abortReasonOf(signal))
    }
    const settle: AcquireCallback = (error, connection) => {
      signal.removeEventListener('abort', giveUp)
      callback(error, connection)
    }
    signal.addEventListener('abort', giveUp)
    waiter = this.#engine.acquire(settle, holder)
    if (signal.aborted) giveUp() // by a listener that heard of the queueing
  }
}
