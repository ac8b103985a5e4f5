import { isServerSilent, type PairCallback, type ProbeKind, type ProbePair } from '@hale/core'
import type { Contender } from '../contenders/contender.ts'
import type { Recorder } from '../runner/recorder.ts'
import { eventKinds } from '../world/event-queue.ts'
import type { World } from '../world/world.ts'
import type { Pool } from './pool.ts'
import type { SimulatedConnection } from './simulated-connection.ts'

/** How long a probe may take until its connection counts as unresponsive. */
const probeTimeoutMs = 1_000
/** What the server takes for an empty query, and how much later the second of a pair is sent. */
const emptyQueryMs = 0.05
const secondLaterMs = 0.02

/** One connection that is being asked. */
interface Asked {
  readonly connection: SimulatedConnection
  readonly kind: ProbeKind
  readonly sentAt: number
  readonly pair: AskedPair | undefined
  readonly timesOut: boolean
}

interface AskedPair {
  readonly suspect: SimulatedConnection
  readonly reference: SimulatedConnection
  readonly done: PairCallback
  suspectMs: number | undefined
  referenceMs: number | undefined
  left: number
}

/** Questions of ours to the connections: single probes and pairs. */
export class Probes {
  // Invariant: a connection is in `#asked` exactly while its state is `asked`, or it was closed
  // meanwhile and its event is still to come.
  readonly sent: Record<ProbeKind, number> = { network: 0, backend: 0 }
  readonly #parts: {
    readonly world: World
    readonly contender: Contender
    readonly recorder: Recorder
  }
  readonly #pool: Pool
  readonly #asked = new Map<number, Asked>()

  constructor(
    parts: { readonly world: World; readonly contender: Contender; readonly recorder: Recorder },
    pool: Pool,
  ) {
    this.#parts = parts
    this.#pool = pool
  }

  /** Asks an idle connection. */
  send(connection: SimulatedConnection): void {
    this.#ask(connection, 'network', 0, undefined)
  }

  /** Asks two idle connections the same. */
  sendPair(
    pair: ProbePair,
    suspect: SimulatedConnection,
    reference: SimulatedConnection,
    done: PairCallback,
  ): void {
    const asked: AskedPair = {
      suspect,
      reference,
      done,
      suspectMs: undefined,
      referenceMs: undefined,
      left: 2,
    }
    const suspectLaterMs = pair.suspectFirst ? 0 : secondLaterMs
    this.#ask(suspect, pair.kind, suspectLaterMs, asked)
    this.#ask(reference, pair.kind, secondLaterMs - suspectLaterMs, asked)
  }

  /** The answer arrives, or the time for it is over. */
  end(connectionId: number, serial: number): void {
    const asked = this.#asked.get(connectionId)
    if (asked === undefined) return
    const { connection, sentAt, kind, pair } = asked
    const { world, contender } = this.#parts
    const { frozenUntil } = world.server
    if (connection.state === 'asked' && world.now < frozenUntil && !asked.timesOut) {
      const rounds = Math.floor((world.now - sentAt) / probeTimeoutMs)
      const timesOut = rounds > 0 && this.#isToBlame(connection, sentAt)
      const looksAt = timesOut ? world.now : sentAt + (rounds + 1) * probeTimeoutMs
      this.#asked.set(connectionId, { ...asked, timesOut })
      const laterMs = Math.min(frozenUntil, looksAt) - world.now
      world.schedule(laterMs, eventKinds.probeEnd, connectionId, serial)
      return
    }
    this.#asked.delete(connectionId)
    const isAnswered = connection.state === 'asked' && connection.serial === serial
    const answered = isAnswered && !asked.timesOut
    const ms = world.now - sentAt
    const fails = answered && world.random.next() < connection.fault.errorRatio
    if (answered && !fails) {
      connection.heardAt = world.now
      connection.receivedBytes += 20
      connection.probes += 1
      contender.probed(connection, kind, ms, world.now)
    }
    if (pair === undefined) this.#finish(connection, asked, isAnswered)
    else this.#finishPair(pair, asked, answered && !fails ? ms : undefined, isAnswered)
  }

  #finish(connection: SimulatedConnection, asked: Asked, isThere: boolean): void {
    if (!isThere) return
    if (asked.timesOut) this.#unresponsive(connection)
    else this.#pool.settle(connection)
  }

  /** Both are idle again before the callback learns of it, so that it may ask them at once. */
  #finishPair(pair: AskedPair, asked: Asked, ms: number | undefined, isThere: boolean): void {
    if (asked.connection === pair.suspect) pair.suspectMs = ms
    else pair.referenceMs = ms
    if (isThere && asked.timesOut) this.#unresponsive(asked.connection)
    pair.left -= 1
    if (pair.left > 0) return
    for (const each of [pair.suspect, pair.reference]) this.#free(each)
    if (pair.suspect.state !== 'closed' && pair.reference.state !== 'closed') {
      pair.done(pair.suspectMs, pair.referenceMs)
    }
    for (const each of [pair.suspect, pair.reference]) this.#pool.offer(each)
  }

  #free(connection: SimulatedConnection): void {
    if (connection.state !== 'asked') return
    if (connection.candidateFor !== undefined) connection.state = 'candidate'
    else if (connection.isCondemned) this.#pool.settle(connection)
    else {
      connection.state = 'idle'
      connection.idleSince = this.#parts.world.now
      this.#pool.lending.add(connection)
    }
  }

  /** As in the product: not while nobody else is answered either. */
  #isToBlame({ id }: SimulatedConnection, since: number): boolean {
    return !isServerSilent(this.#pool.slots, id, since)
  }

  #unresponsive(connection: SimulatedConnection): void {
    const { recorder, world } = this.#parts
    connection.metrics.recordProbeTimeout(world.now)
    recorder.recycled(connection, 'unresponsive', world.now)
    this.#pool.evictNow(connection, 'unresponsive')
  }

  #ask(
    connection: SimulatedConnection,
    kind: ProbeKind,
    laterMs: number,
    pair: AskedPair | undefined,
  ): void {
    const { world } = this.#parts
    if (connection.state === 'idle') this.#pool.lending.remove(connection)
    connection.state = 'asked'
    connection.isProbeWanted = false
    connection.serial += 1
    this.sent[kind] += 1
    const timesOut = connection.fault.isBlackHole
    const ms = timesOut ? probeTimeoutMs : this.#answerMs(connection, kind)
    const sentAt = world.now + laterMs
    this.#asked.set(connection.id, { connection, kind, sentAt, pair, timesOut })
    world.schedule(laterMs + ms, eventKinds.probeEnd, connection.id, connection.serial)
  }

  #answerMs(connection: SimulatedConnection, kind: ProbeKind): number {
    const { links, server, random } = this.#parts.world
    const { linkMs, stallRatio, stallMs } = connection.fault
    let ms = links.roundTripMs() + linkMs + emptyQueryMs
    if (kind === 'backend') ms += server.probeMs() * connection.probeFactor()
    if (stallRatio > 0 && random.next() < stallRatio) ms += stallMs
    return ms
  }
}
