import { AsyncLocalStorage } from 'node:async_hooks'
import type { CallSite } from './call-site.ts'
import type { Connection } from './connection.ts'

/** How many holders of one flow are told apart; whoever nests deeper has other worries. */
const DEPTH = 16

/**
 * Somebody who asked for a connection: kept to tell later who holds what, and who waits while holding.
 *
 * - `connection` and `lease` are set when it is served; it holds as long as that lease lasts.
 * - `outer` is the nearest one of the same asynchronous flow that asked in an earlier turn and is not
 *   through: who asked in one turn, as with Promise.all, need not wait for one another.
 */
export class Holder {
  readonly site: CallSite | undefined
  readonly #turn = presentTurn()
  #outer: Holder | undefined
  connection: Connection | undefined
  lease = 0
  /** It was turned away. */
  isRefused = false

  /** `latest` asked in the same flow before. */
  constructor(site: CallSite | undefined, latest: Holder | undefined) {
    this.site = site
    this.follow(latest)
  }

  get outer(): Holder | undefined {
    return this.#outer
  }

  /** Asks in the flow in which `latest` asked before. */
  follow(latest: Holder | undefined): void {
    if (latest === this) return
    const isSibling = latest !== undefined && latest.#turn === this.#turn
    this.#outer = isSibling ? latest.#outer : latest
  }

  /** Drops those that are through from the chain, and what is too far away. */
  prune(): void {
    let each: Holder = this
    for (let depth = 1; each.#outer !== undefined; ) {
      if (depth === DEPTH) each.#outer = undefined
      else if (each.#outer.isThrough) each.#outer = each.#outer.#outer
      else {
        each = each.#outer
        depth += 1
      }
    }
  }

  get isThrough(): boolean {
    return this.connection === undefined ? this.isRefused : !this.isHolding
  }

  get isHolding(): boolean {
    const { connection, lease } = this
    return connection !== undefined && connection.lease === lease && connection.state === 'leased'
  }
}

let turn = 0
let isTurning = false
const settled = Promise.resolve()

/** Numbers the turns: whatever runs before the first continuation of a promise is one. */
function presentTurn(): number {
  if (!isTurning) {
    isTurning = true
    void settled.then(endTurn)
  }
  return turn
}

/** What comes next is another turn, although no promise has gone on. */
export function endTurn(): void {
  isTurning = false
  turn += 1
}

const flow = new AsyncLocalStorage<Holder>()

/** The latest who asked in the present asynchronous flow and is not through. */
export function holderOfFlow(): Holder | undefined {
  return withoutThrough(flow.getStore())
}

/** From here on, whatever the present flow asks for, it asks as `holder` too. */
export function enterFlow(holder: Holder): void {
  flow.enterWith(holder)
}

/** The first of the chain that is not through. The chain behind it is cut short likewise. */
function withoutThrough(holder: Holder | undefined): Holder | undefined {
  let first = holder
  while (first?.isThrough) first = first.outer
  first?.prune()
  return first
}
