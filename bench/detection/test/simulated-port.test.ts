import type { PoolPort, SupervisedConnection } from '@hale/core'
import { describe, expect, it } from 'vitest'
import { Simulation } from '../runner/simulation.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import { Random } from '../world/random.ts'
import { ToldContender } from './told-contender.ts'

const scenario: Scenario = {
  name: 'restless',
  title: 'restless',
  faultClass: 'none',
  afterOnsetMs: 120_000,
  world: { connections: 10, hasLifetimes: false },
  begin: (stage) => {
    stage.breakConnections(1, { isBlackHole: true })
    stage.breakConnections(1, { errorRatio: 0.3, stallRatio: 0.1, stallMs: 2_000 })
  },
}

/** Asks everything that a port can be asked, of anybody, at any time. */
class RestlessCaller {
  readonly answers = { pairs: 0, idle: 0, candidates: 0, server: 0 }
  readonly late: string[] = []
  readonly #port: PoolPort
  readonly #random: Random
  readonly #isClosed: (id: number) => boolean

  constructor(port: PoolPort, seed: number, isClosed: (id: number) => boolean) {
    this.#port = port
    this.#random = new Random(seed, 'caller')
    this.#isClosed = isClosed
  }

  act(): void {
    const all = [...this.#port.connections()]
    const { id } = this.#pick(all)
    const actions = [
      () => this.#port.probe(id),
      () => this.#askPair(id, this.#pick(all).id),
      () => this.#port.awaitIdle(id, this.#once('idle', id)),
      () => this.#openCandidate(id),
      () => this.#port.askServer(id, this.#once('server', id)),
      () => this.#random.next() < 0.1 && this.#port.replace(id, 'latency'),
      () => this.#random.next() < 0.05 && this.#port.evict(id, 'unresponsive'),
      () => this.#random.next() < 0.05 && this.#port.evict(id, 'faults'),
    ]
    actions[this.#random.below(actions.length)]?.()
  }

  #askPair(suspectId: number, referenceId: number): void {
    const suspectFirst = this.#random.next() < 0.5
    const kind = this.#random.next() < 0.5 ? 'network' : 'backend'
    const done = this.#once('pairs', suspectId)
    this.#port.probePair({ suspectId, referenceId, kind, suspectFirst }, done)
  }

  #openCandidate(id: number): void {
    this.#port.openCandidate(id, (candidateId) => {
      this.answers.candidates += 1
      if (candidateId === undefined) return
      if (this.#random.next() < 0.5) this.#port.dropCandidate(candidateId)
      else this.#askPair(id, candidateId)
    })
  }

  #once(kind: keyof RestlessCaller['answers'], id: number): () => void {
    let isOver = false
    return () => {
      if (isOver || this.#isClosed(id)) this.late.push(`${kind} of ${id}`)
      isOver = true
      this.answers[kind] += 1
    }
  }

  #pick(all: readonly SupervisedConnection[]): SupervisedConnection {
    const picked = all[this.#random.below(all.length)]
    if (picked === undefined) throw new Error('the pool is empty')
    return picked
  }
}

function runRestless(seed: number): { simulation: Simulation; caller: RestlessCaller } {
  let caller: RestlessCaller | undefined
  const simulation: Simulation = new Simulation(scenario, seed, (ports) => {
    const isClosed = (id: number): boolean => simulation.pool.connection(id) === undefined
    const restless = new RestlessCaller(ports.port, seed, isClosed)
    caller = restless
    const contender = new ToldContender(ports)
    contender.onSweep = () => {
      for (let call = 0; call < 5; call += 1) restless.act()
    }
    return contender
  })
  simulation.run()
  if (caller === undefined) throw new Error('no caller was made')
  return { simulation, caller }
}

describe('the simulated port', () => {
  it.each([1, 2, 3, 4])('survives a caller that does everything at any time (%i)', (seed) => {
    const { simulation, caller } = runRestless(seed)
    const { pool, world } = simulation
    expect(caller.late).toEqual([])
    expect(Math.min(...Object.values(caller.answers))).toBeGreaterThan(20)
    expect(pool.slots.length).toBeGreaterThanOrEqual(world.connections)
    expect(pool.slots.length).toBeLessThanOrEqual(world.connections + 3)
    const stuck = pool.slots.filter(({ state, isCondemned }) => state === 'idle' && isCondemned)
    expect(stuck).toEqual([])
    expect(pool.traffic.statements / world.now).toBeGreaterThan(0.02)
  })
})
