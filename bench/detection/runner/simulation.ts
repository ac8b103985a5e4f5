import { type Contender, type ContenderPorts, sweepMs } from '../contenders/contender.ts'
import { toldPort } from '../contenders/told-port.ts'
import { longLease } from '../pool/lending.ts'
import { Pool } from '../pool/pool.ts'
import { Probes } from '../pool/probes.ts'
import type { SimulatedConnection } from '../pool/simulated-connection.ts'
import { SimulatedPort } from '../pool/simulated-port.ts'
import { onsetMs, type Scenario } from '../scenarios/scenario.ts'
import { Stage } from '../scenarios/stage.ts'
import { eventKinds } from '../world/event-queue.ts'
import { Nuisances } from '../world/nuisances.ts'
import { Random } from '../world/random.ts'
import { World } from '../world/world.ts'
import { Recorder } from './recorder.ts'

/** One run of one scenario with one contender, on virtual time. */
export class Simulation {
  readonly world: World
  readonly pool: Pool
  readonly probes: Probes
  readonly recorder: Recorder = new Recorder()
  readonly contender: Contender
  readonly onsetAt: number
  readonly endsAt: number
  readonly #scenario: Scenario
  readonly #port: SimulatedPort
  readonly #nuisances: Nuisances
  readonly #stage: Stage
  readonly #actions: (() => void)[] = []
  #opinionsAt = 0
  readonly #tell: ((text: string) => void) | undefined

  constructor(
    scenario: Scenario,
    seed: number,
    createContender: (ports: ContenderPorts) => Contender,
    tell?: (text: string) => void,
  ) {
    const world = new World(seed, scenario.world ?? {})
    const { recorder } = this
    this.world = world
    this.#scenario = scenario
    this.#tell = tell
    recorder.tell = tell
    this.#port = new SimulatedPort(world, recorder)
    const random = new Random(seed, 'contender')
    this.contender = createContender({
      clock: { now: () => world.now },
      port: tell === undefined ? this.#port : toldPort(this.#port, tell),
      connections: world.connections,
      random: () => random.next(),
      tell,
    })
    const { contender } = this
    this.pool = new Pool({ world, contender, recorder })
    this.probes = new Probes({ world, contender, recorder }, this.pool)
    this.#port.attach(this.pool, this.probes)
    this.#nuisances = new Nuisances(world, seed)
    this.onsetAt = world.fate.between(onsetMs.from, onsetMs.to)
    this.endsAt = this.onsetAt + scenario.afterOnsetMs
    const schedule = (delayMs: number, action: () => void): void => this.#act(delayMs, action)
    this.#stage = new Stage({ world, pool: this.pool, recorder, schedule })
  }

  run(): void {
    const { world } = this
    const { queue } = world
    this.#begin()
    while (queue.pop() && queue.at < this.endsAt) {
      const { at, kind, subject, serial } = queue
      world.now = Math.max(world.now, at)
      // While our event loop stands still, what happens is seen at its end.
      if (world.now < this.#nuisances.stalledUntil) world.now = this.#nuisances.stalledUntil
      this.#handle(kind, subject, serial)
    }
  }

  #begin(): void {
    const { world, pool } = this
    pool.begin()
    this.#nuisances.begin()
    world.schedule(0, eventKinds.arrival)
    world.schedule(world.longArrivals.gapMs(0), eventKinds.longArrival)
    world.schedule(sweepMs, eventKinds.sweep)
    this.#act(this.onsetAt, () => {
      this.#tell?.(`onset of ${this.#scenario.name}`)
      this.#scenario.begin(this.#stage)
    })
  }

  #handle(kind: number, subject: number, serial: number): void {
    switch (kind) {
      case eventKinds.arrival:
        this.#arrive()
        break
      case eventKinds.longArrival:
        this.#arriveForLong()
        break
      case eventKinds.answer:
      case eventKinds.thoughtOver:
      case eventKinds.queryTimeout:
      case eventKinds.opened:
        this.#handleConnection(kind, subject, serial)
        break
      case eventKinds.probeEnd:
        this.probes.end(subject, serial)
        break
      case eventKinds.serverAnswer:
        this.#port.answerQuestion(subject)
        break
      case eventKinds.sweep:
        this.#sweep()
        break
      case eventKinds.action:
        this.#actions[subject]?.()
        break
      default:
        this.#bother(kind)
    }
  }

  #handleConnection(kind: number, id: number, serial: number): void {
    const connection = this.pool.connection(id)
    if (connection === undefined || connection.serial !== serial) return
    if (kind === eventKinds.answer) this.pool.traffic.answer(connection)
    else if (kind === eventKinds.thoughtOver) this.pool.traffic.thoughtOver(connection)
    else if (kind === eventKinds.queryTimeout) this.#timeOut(connection)
    else {
      this.pool.finishOpening(connection)
      this.#port.opened(connection)
    }
  }

  #bother(kind: number): void {
    const { server } = this.world
    if (kind === eventKinds.stall) {
      const ms = this.#nuisances.stall()
      this.#tell?.(`our event loop stands still for ${ms.toFixed(0)} ms`)
    } else if (kind === eventKinds.checkpoint) {
      this.#nuisances.toggleCheckpoint()
      this.#tell?.(`checkpoint: ×${server.checkpointFactor.toFixed(1)}`)
    } else if (kind === eventKinds.burst) this.#nuisances.toggleBurst()
    else if (kind === eventKinds.mixDrift) this.#nuisances.driftMix()
  }

  #arrive(): void {
    const { arrivals, now } = this.world
    const { lending, traffic } = this.pool
    for (let count = arrivals.groupSize(); count > 0; count -= 1) {
      lending.request(traffic.drawRequest())
    }
    this.world.schedule(arrivals.gapMs(now), eventKinds.arrival)
  }

  #arriveForLong(): void {
    const { longArrivals, now } = this.world
    this.pool.lending.request(longLease)
    this.world.schedule(longArrivals.gapMs(now), eventKinds.longArrival)
  }

  #sweep(): void {
    if (!this.contender.retires) this.pool.retireDue()
    this.contender.sweep(this.world.now)
    if (this.#tell !== undefined) this.#tellOpinions(this.#tell)
    this.world.schedule(sweepMs, eventKinds.sweep)
  }

  /** Once a second. */
  #tellOpinions(tell: (text: string) => void): void {
    const { now } = this.world
    if (now < this.#opinionsAt) return
    this.#opinionsAt = now + 1_000
    for (const connection of this.pool.slots) {
      const opinion = this.contender.opinionOf?.(connection)
      if (opinion !== undefined) tell(`connection ${connection.id}: ${opinion}`)
    }
  }

  /** The client gives up on a statement, and with it on the connection. */
  #timeOut(connection: SimulatedConnection): void {
    this.pool.traffic.fail(connection, 'timeout')
    if (connection.state !== 'leased') return
    this.recorder.timedOut(connection, this.world.now)
    this.pool.evictNow(connection, 'lost')
  }

  #act(delayMs: number, action: () => void): void {
    this.#actions.push(action)
    this.world.schedule(delayMs, eventKinds.action, this.#actions.length - 1)
  }
}
