import type { Contender } from '../contenders/contender.ts'
import { eventKinds } from '../world/event-queue.ts'
import { longLeaseMs, thinkMs, transactionStatements, type World } from '../world/world.ts'
import { soundConnection } from './connection-fault.ts'
import { heavyTenant, longLease, pinnedLease } from './lending.ts'
import type { SimulatedConnection } from './simulated-connection.ts'

/** The client's `query_timeout`. */
const queryTimeoutMs = 30_000
/** Within a transaction the same statement is often repeated, as by a loop in the application. */
const repeatRatio = 0.4
/** How much longer a pinned tenant's rows take, and how many fingerprints it uses. */
const pinnedFactor = { min: 3, max: 10 }
const pinnedFingerprints = 4

/** What callers do with the connections that they are lent: statement after statement. */
export class Traffic {
  /** Statements that were answered or failed. */
  statements = 0
  /** How long a pinned lease holds its connection. */
  pinnedMs = 0
  /** Share of callers that work for the tenant whose rows are heavy, and how heavy they are. */
  heavyTenantRatio = 0
  heavyTenantFactor = 1
  /** Called with the connection that is about to be sent the next statement, once. */
  onNextStatement: ((connection: SimulatedConnection) => void) | undefined
  readonly #world: World
  readonly #contender: Contender
  readonly #handles: Int32Array
  readonly #release: (connection: SimulatedConnection) => void
  readonly #popular: readonly number[]

  constructor(
    world: World,
    contender: Contender,
    release: (connection: SimulatedConnection) => void,
  ) {
    this.#world = world
    this.#contender = contender
    this.#release = release
    const indices = Array.from({ length: world.workload.fingerprints }, (_, index) => index)
    this.#handles = Int32Array.from(indices, (index) => contender.fingerprint(index))
    this.#popular = indices
      .toSorted((a, b) => world.workload.shareOf(b) - world.workload.shareOf(a))
      .slice(0, pinnedFingerprints)
  }

  /** A connection is lent to a caller. */
  begin(connection: SimulatedConnection, request: number): void {
    const { now, random, transactionRatio, tenantSigma } = this.#world
    connection.state = 'leased'
    connection.leasedAt = now
    connection.transactionSince = undefined
    connection.isPinned = false
    connection.leaseEndsAt = 0
    connection.statementsLeft = 0
    connection.tenantFactor = Math.exp(tenantSigma * random.normal())
    if (request < 0) this.#beginLong(connection, request)
    else if (random.next() < transactionRatio) {
      const { min, max } = transactionStatements
      connection.statementsLeft = Math.round(random.magnitudeBetween(min, max)) - 1
      connection.thinkMs = thinkMs
      connection.transactionSince = now
    }
    if (request >= heavyTenant) connection.tenantFactor *= this.heavyTenantFactor
    this.#send(connection, request < 0 ? this.#nextOf(connection) : request % heavyTenant)
  }

  /** What the next caller wants. */
  drawRequest(): number {
    const { workload, random } = this.#world
    const isHeavy = this.heavyTenantRatio > 0 && random.next() < this.heavyTenantRatio
    return workload.draw() + (isHeavy ? heavyTenant : 0)
  }

  /** The server's answer arrives. */
  answer(connection: SimulatedConnection): void {
    const { now, server } = this.#world
    const { runningSince } = connection
    if (runningSince === undefined) return
    if (now < server.frozenUntil) {
      const delayMs = server.frozenUntil - now + this.#world.random.next()
      this.#world.schedule(delayMs, eventKinds.answer, connection.id, connection.serial)
      return
    }
    const ms = now - runningSince
    this.#settle(connection)
    connection.heardAt = now
    connection.receivedBytes += 100
    const handle = this.#handles[connection.fingerprint] as number
    if (connection.ending === 'answered') this.#contender.answered(connection, handle, ms, now)
    else this.#contender.failed(connection, handle, connection.ending, ms, now)
    if (connection.state !== 'leased') return // closed for what was just said
    this.#goOn(connection)
  }

  /** The caller has thought about what it got, and sends the next statement. */
  thoughtOver(connection: SimulatedConnection): void {
    if (connection.state === 'leased') this.#send(connection, this.#nextOf(connection))
  }

  /** The statement that runs fails from the outside. */
  fail(connection: SimulatedConnection, failure: 'connection' | 'timeout'): void {
    const { now } = this.#world
    const { runningSince } = connection
    if (runningSince === undefined) return
    this.#settle(connection)
    const handle = this.#handles[connection.fingerprint] as number
    this.#contender.failed(connection, handle, failure, now - runningSince, now)
  }

  #settle(connection: SimulatedConnection): void {
    this.statements += 1
    connection.runningSince = undefined
    connection.statements += 1
    if (connection.ageingPerStatement > 0) connection.agedStatements += 1
  }

  #goOn(connection: SimulatedConnection): void {
    const isOver =
      connection.leaseEndsAt > 0
        ? this.#world.now >= connection.leaseEndsAt
        : connection.statementsLeft === 0
    if (isOver) this.#release(connection)
    else {
      connection.statementsLeft -= 1
      const delayMs = this.#world.random.exponential(connection.thinkMs)
      this.#world.schedule(delayMs, eventKinds.thoughtOver, connection.id, connection.serial)
    }
  }

  #beginLong(connection: SimulatedConnection, request: number): void {
    const { now, random } = this.#world
    if (request === longLease) {
      connection.leaseEndsAt = now + random.between(0.5, 1.5) * longLeaseMs
      connection.thinkMs = random.magnitudeBetween(10, 200)
    } else if (request === pinnedLease) {
      connection.isPinned = true
      connection.leaseEndsAt = now + this.pinnedMs
      connection.thinkMs = 2
      connection.tenantFactor = random.between(pinnedFactor.min, pinnedFactor.max)
    }
  }

  #nextOf(connection: SimulatedConnection): number {
    const { random, workload } = this.#world
    if (connection.isPinned) return this.#popular[random.below(this.#popular.length)] ?? 0
    const repeats = connection.transactionSince !== undefined && random.next() < repeatRatio
    return repeats ? connection.fingerprint : workload.draw()
  }

  #send(connection: SimulatedConnection, fingerprint: number): void {
    const world = this.#world
    if (this.onNextStatement !== undefined) {
      const act = this.onNextStatement
      this.onNextStatement = undefined
      act(connection)
    }
    connection.serial += 1
    connection.runningSince = world.now
    connection.fingerprint = fingerprint
    connection.runningFingerprint = this.#handles[fingerprint] as number
    if (connection.fault.isBlackHole) {
      world.schedule(queryTimeoutMs, eventKinds.queryTimeout, connection.id, connection.serial)
      return
    }
    let ms = this.#runMs(connection, fingerprint)
    connection.ending = this.#drawEnding(connection)
    if (connection.ending !== 'answered') ms *= world.random.next() // it did not get to the end
    ms += world.links.roundTripMs() + connection.fault.linkMs
    world.schedule(ms, eventKinds.answer, connection.id, connection.serial)
  }

  /** Time at the server: the backend's work, and waiting for locks and for what stalls it. */
  #runMs(connection: SimulatedConnection, fingerprint: number): number {
    const { workload, server, random, now } = this.#world
    const { fault } = connection
    const idleMs = workload.runMs(fingerprint) * connection.tenantFactor
    let ms = server.runMs(fingerprint, idleMs) * connection.statementFactor()
    ms += workload.lockMs(fingerprint) + server.lockMs(fingerprint, now)
    if (fault.stallRatio > 0 && random.next() < fault.stallRatio) ms += fault.stallMs
    return ms
  }

  #drawEnding(connection: SimulatedConnection): SimulatedConnection['ending'] {
    const { random, applicationErrorRatio, connectionErrorRatio } = this.#world
    const { fault } = connection
    const own = fault === soundConnection ? connectionErrorRatio : fault.errorRatio
    const luck = random.next()
    if (luck < own) return 'connection'
    return luck < own + applicationErrorRatio ? 'application' : 'answered'
  }
}
