import type { RecycleCause } from '@hale/core'
import type { Contender } from '../contenders/contender.ts'
import type { Recorder } from '../runner/recorder.ts'
import { eventKinds } from '../world/event-queue.ts'
import type { World } from '../world/world.ts'
import type { ConnectionFault } from './connection-fault.ts'
import { Lending } from './lending.ts'
import { SimulatedConnection } from './simulated-connection.ts'
import { Traffic } from './traffic.ts'

/** Mean time to open a connection, and how far it spreads. */
const openMs = 30
const openSigma = 0.25

/** What a pool is made of. */
export interface PoolParts {
  readonly world: World
  readonly contender: Contender
  readonly recorder: Recorder
}

/** The connections: opened, lent, replaced and closed. Holds as many as the world says. */
export class Pool {
  // Invariants: `slots` holds every connection that is not closed and no candidate; `#byId` holds
  // both. Only `replace` makes more slots than the world's connections.
  readonly slots: SimulatedConnection[] = []
  readonly lending: Lending
  readonly traffic: Traffic
  /** Growth of every backend's factor with each statement, for scenarios in which they age. */
  ageingPerStatement = 0
  opened = 0
  candidatesOpened = 0
  /** Sum of all leases that ended. */
  leasedMs = 0
  /** Sends the probe that a connection was wanted for while it was not idle. */
  probe: ((connection: SimulatedConnection) => void) | undefined
  #drawQuirk: (() => ConnectionFault) | undefined
  readonly #parts: PoolParts
  readonly #byId: (SimulatedConnection | undefined)[] = [] // by id: ids ascend from 1
  readonly #candidates = new Set<SimulatedConnection>()

  constructor(parts: PoolParts) {
    const { world, contender } = parts
    this.#parts = parts
    this.traffic = new Traffic(world, contender, (connection) => this.#release(connection))
    this.lending = new Lending(world, (connection, request) => {
      this.traffic.begin(connection, request)
    })
  }

  /** Fills the pool with connections that have been there for a while. */
  begin(): void {
    const { world } = this.#parts
    while (this.slots.length < world.connections) {
      const ageMs = Number.isFinite(world.lifetimeMs) ? world.fate.next() * world.lifetimeMs : 0
      const connection = this.#create(-ageMs, true)
      this.slots.push(connection)
      this.#becomeIdle(connection)
    }
  }

  connection(id: number): SimulatedConnection | undefined {
    return this.#byId[id]
  }

  /** Opens a connection in a slot of its own, in place of `replaces` if that is given. */
  open(replaces?: SimulatedConnection): SimulatedConnection {
    const connection = this.#beginOpening()
    connection.replaces = replaces
    this.slots.push(connection)
    return connection
  }

  openCandidate(suspect: SimulatedConnection): SimulatedConnection {
    const connection = this.#beginOpening()
    connection.candidateFor = suspect
    this.candidatesOpened += 1
    this.#candidates.add(connection)
    return connection
  }

  get replacementsUnderWay(): number {
    return this.slots.filter(({ replaces }) => replaces !== undefined).length
  }

  candidateFor(suspect: SimulatedConnection): SimulatedConnection | undefined {
    return [...this.#candidates].find(({ candidateFor }) => candidateFor === suspect)
  }

  /** The server accepted the connection. */
  finishOpening(connection: SimulatedConnection): void {
    const { world } = this.#parts
    connection.heardAt = world.now
    const old = connection.replaces
    connection.replaces = undefined
    this.settle(connection)
    if (old !== undefined) this.#handOver(old, connection)
  }

  /** A connection that was opening or asked something is free again. */
  settle(connection: SimulatedConnection): void {
    if (connection.candidateFor !== undefined) connection.state = 'candidate'
    else this.#becomeIdle(connection)
  }

  /** Begins to replace a connection that works: its successor is open before it leaves. */
  replace(connection: SimulatedConnection, cause: RecycleCause): void {
    const { recorder, world } = this.#parts
    connection.isLeaving = true
    connection.replacementCause = cause
    recorder.recycled(connection, cause, world.now)
    const candidate = this.candidateFor(connection)
    if (candidate === undefined) this.open(connection)
    else this.#promote(candidate, connection)
  }

  /** Has a connection closed as soon as nobody holds it. */
  condemn(connection: SimulatedConnection, cause: RecycleCause): void {
    const { contender, world } = this.#parts
    if (connection.isCondemned) return
    connection.isLeaving = true
    connection.isCondemned = true
    contender.recycled?.(connection.id, cause, world.now)
    if (connection.state === 'idle') this.close(connection)
  }

  /** The same for one that is dead, or to be treated so: now, whatever it does. */
  evictNow(connection: SimulatedConnection, cause: RecycleCause): void {
    const { contender, world } = this.#parts
    if (!connection.isCondemned) contender.recycled?.(connection.id, cause, world.now)
    this.close(connection)
  }

  /** Closes a connection and fills its slot. */
  close(connection: SimulatedConnection): void {
    if (connection.state === 'closed') return
    const { contender, world } = this.#parts
    if (connection.state === 'idle') this.lending.remove(connection)
    if (connection.state === 'leased') this.traffic.fail(connection, 'connection')
    connection.state = 'closed'
    connection.serial += 1
    connection.onIdle = undefined
    this.#byId[connection.id] = undefined
    contender.closed(connection)
    const candidate = this.candidateFor(connection)
    this.#candidates.delete(connection)
    if (candidate !== undefined) this.close(candidate)
    const at = this.slots.indexOf(connection)
    if (at < 0) return
    this.slots.splice(at, 1)
    while (this.slots.length < world.connections) this.open()
  }

  /** From now on every connection has a quirk of its own, which is no fault. */
  makeUneven(drawQuirk: () => ConnectionFault): void {
    this.#drawQuirk = drawQuirk
    for (const connection of this.slots) connection.fault = drawQuirk()
  }

  /** Retires what has reached its deadline, for contenders that leave that to the pool. */
  retireDue(): void {
    const { now } = this.#parts.world
    for (const connection of [...this.slots]) {
      if (now >= connection.deadlineAt && !connection.isLeaving) {
        this.replace(connection, 'lifetime')
      }
    }
  }

  #promote(candidate: SimulatedConnection, old: SimulatedConnection): void {
    this.#candidates.delete(candidate)
    candidate.candidateFor = undefined
    this.slots.push(candidate)
    if (candidate.state === 'opening') {
      candidate.replaces = old
      return
    }
    if (candidate.state === 'candidate') this.#becomeIdle(candidate)
    this.#handOver(old, candidate)
  }

  #handOver(old: SimulatedConnection, successor: SimulatedConnection): void {
    const { contender, world } = this.#parts
    const { replacementCause: cause } = old
    if (old.state === 'closed' || cause === undefined) return
    contender.replaced?.(old.id, successor.id, cause, world.now)
    this.condemn(old, cause)
  }

  #release(connection: SimulatedConnection): void {
    const { contender, world } = this.#parts
    connection.uses += 1
    connection.transactionSince = undefined
    const leasedMs = world.now - connection.leasedAt
    this.leasedMs += leasedMs
    contender.released(connection, leasedMs)
    this.#becomeIdle(connection)
  }

  /** Every way into `idle`: closes what is condemned, else serves the first caller that waits. */
  #becomeIdle(connection: SimulatedConnection): void {
    connection.state = 'idle'
    connection.idleSince = this.#parts.world.now
    if (connection.isCondemned) {
      this.close(connection)
      return
    }
    const { onIdle, isProbeWanted } = connection
    if (onIdle === undefined && !isProbeWanted) {
      if (!this.lending.serveFirst(connection)) this.lending.add(connection)
      return
    }
    connection.onIdle = undefined
    this.lending.add(connection)
    onIdle?.()
    if (isProbeWanted && connection.state === 'idle') this.probe?.(connection)
    this.offer(connection)
  }

  /** Lends a connection to whoever waits first, unless it is not idle any more. */
  offer(connection: SimulatedConnection): void {
    if (connection.state !== 'idle' || this.lending.waitingCount === 0) return
    this.lending.remove(connection)
    this.lending.serveFirst(connection)
  }

  #beginOpening(): SimulatedConnection {
    const { world } = this.#parts
    const connection = this.#create(world.now, false)
    const frozenMs = Math.max(0, world.server.frozenUntil - world.now)
    const ms = openMs * Math.exp(openSigma * world.random.normal()) * world.server.factor
    world.schedule(frozenMs + ms, eventKinds.opened, connection.id, connection.serial)
    return connection
  }

  #create(openedAt: number, isWarm: boolean): SimulatedConnection {
    const { world, contender } = this.#parts
    this.opened += 1
    const id = this.opened
    const metrics = contender.opening(id)
    const connection = new SimulatedConnection(id, metrics, openedAt, world.random, isWarm)
    connection.deadlineAt = openedAt + world.lifetimeMs * (1 - 0.1 * world.random.next())
    connection.ageingPerStatement = this.ageingPerStatement
    if (this.#drawQuirk !== undefined) connection.fault = this.#drawQuirk()
    this.#byId[id] = connection
    return connection
  }
}
