import type { ProbePair, ServerAnswer } from '@hale/core'
import { describe, expect, it } from 'vitest'
import { SupervisedPool } from '../../src/pool/supervised-pool.ts'
import { createWorld, type World } from './engine-world.ts'
import type { FakeClient } from './fake-client.ts'
import { clientOf, connectionOf, hear, reset, warm } from './world-steps.ts'

const pair: ProbePair = { suspectId: 1, referenceId: 2, kind: 'network', suspectFirst: true }
const nobody = 4_711

/** Two connections that are idle. */
function createIdle(): { world: World; suspect: FakeClient; reference: FakeClient } {
  const world = createWorld({ max: 2, health: { probeTimeoutMs: 1_000 } })
  const [suspect, reference] = warm(world, 2) as [FakeClient, FakeClient]
  return { world, suspect, reference }
}

describe('the supervisor’s view', () => {
  it('follows the options of the pool', () => {
    const { port, options } = createWorld({ min: 1, maxUses: 7, idleTimeoutMillis: 500 })
    expect([port.min, port.maxUses, port.idleTimeoutMs]).toEqual([1, 7, 500])
    options.idleTimeoutMillis = 0
    expect(port.idleTimeoutMs).toBe(false)
  })
  it('shows how many wait', () => {
    const world = createWorld({ max: 1 })
    world.acquire()
    world.acquire()
    expect(world.port.waitingCount).toBe(2)
  })
  it('shows whether a replacement may begin', () => {
    const { world, suspect } = createIdle()
    expect(world.port.canReplace).toBe(true)
    world.port.openCandidate(connectionOf(world, suspect).id, () => {})
    expect(world.port.canReplace).toBe(false)
    world.clients[2]?.settleConnect()
    world.clients[2]?.answer()
    expect(world.port.canReplace).toBe(true) // by the candidate
  })
  it('does nothing about a connection that is gone', () => {
    const { port } = createWorld()
    port.probe(nobody)
    port.awaitIdle(nobody, () => {})
    port.dropCandidate(nobody)
    port.evict(nobody, 'latency')
    expect(port.replace(nobody, 'latency')).toBe(false)
    expect(port.askServer(nobody, () => {})).toBe(false)
    expect(port.probePair({ ...pair, suspectId: nobody }, () => {})).toBe(false)
  })
})

describe('a probe', () => {
  it('of a connection that is lent waits until it comes back', () => {
    const { world, suspect } = createIdle()
    const waiterOf = (): FakeClient => clientOf(world.acquire())
    waiterOf()
    waiterOf()
    world.port.probe(1)
    const waiter = world.acquire()
    world.release(suspect)
    expect(suspect.sent).toEqual([''])
    expect(waiter.client).toBeUndefined()
    suspect.answer()
    expect(waiter.client).toBe(suspect)
  })
  it('is not sent while the connection is asked something else', () => {
    const { world, suspect } = createIdle()
    world.port.probe(1)
    world.port.probe(1)
    expect(suspect.sent).toEqual([''])
  })
  it('is not sent to a connection that its awaiter has taken', () => {
    const { world, suspect, reference } = createIdle()
    world.acquire()
    world.acquire()
    world.port.probe(1)
    world.port.awaitIdle(1, () => void world.port.probePair(pair, () => {}))
    world.release(reference)
    world.release(suspect)
    expect(suspect.sent).toEqual([''])
    suspect.answer()
    reference.answer()
    expect(world.engine.counts()).toMatchObject({ idle: 2 })
  })
  it('that the dead did not answer kills nobody twice', () => {
    const { world, suspect } = createIdle()
    const evicted = hear(world, 'connection:evicted')
    world.port.probe(1)
    suspect.die(reset)
    expect(evicted).toHaveLength(1)
    expect(world.engine.size).toBe(1)
  })
})

describe('a pair', () => {
  it('is asked at once, in the order wanted, and told together', () => {
    const { world, suspect, reference } = createIdle()
    const told: (number | undefined)[][] = []
    expect(world.port.probePair(pair, (...answers) => void told.push(answers))).toBe(true)
    expect(world.engine.counts()).toMatchObject({ probing: 2 })
    world.clock.advance(2)
    reference.answer()
    world.clock.advance(3)
    expect(told).toEqual([])
    suspect.answer()
    expect(told).toEqual([[5, 2]])
    expect(world.engine.counts()).toMatchObject({ idle: 2 })
  })
  it('is told when one of the two does not answer', () => {
    for (const dying of [1, 2]) {
      const { world, suspect, reference } = createIdle()
      const told: (number | undefined)[][] = []
      world.port.probePair(
        { ...pair, suspectFirst: false },
        (...answers) => void told.push(answers),
      )
      const [dead, alive] = dying === 1 ? [suspect, reference] : [reference, suspect]
      alive.answer()
      dead.die(reset)
      expect(told).toEqual([dying === 1 ? [undefined, 0] : [0, undefined]])
    }
  })
  it('is refused while either is out of reach', () => {
    const { world, reference } = createIdle()
    expect(world.acquire().client).toBe(reference)
    expect(world.port.probePair(pair, () => {})).toBe(false)
    expect(world.port.probePair({ ...pair, suspectId: 2, referenceId: 1 }, () => {})).toBe(false)
    expect(world.port.probePair({ ...pair, referenceId: nobody }, () => {})).toBe(false)
  })
  it('is refused while callers wait, but for one that was caught as it came back', () => {
    const { world, suspect, reference } = createIdle()
    world.clock.advance(501) // idle, and in doubt
    world.acquire()
    world.acquire()
    reference.answer()
    suspect.answer()
    const waiter = world.acquire()
    let isSent: boolean | undefined
    world.port.awaitIdle(1, () => {
      isSent = world.port.probePair(pair, () => {})
    })
    world.port.awaitIdle(2, () => {})
    expect(world.port.probePair(pair, () => {})).toBe(false)
    world.release(suspect)
    expect(isSent).toBe(false) // the other is lent
    expect(waiter.client).toBe(suspect)
  })
})

describe('a question to the server', () => {
  function ask({ port }: World): { isAsked: boolean; answers: ServerAnswer[] } {
    const answers: ServerAnswer[] = []
    return { isAsked: port.askServer(1, (answer) => void answers.push(answer)), answers }
  }

  it('goes out of band, and takes no connection', () => {
    const { world, suspect, reference } = createIdle()
    const sent = [...suspect.sent, ...reference.sent]
    const { isAsked, answers } = ask(world)
    expect(isAsked).toBe(true)
    world.questions[0]?.done('active')
    expect(world.questions).toMatchObject([{ connectionId: 1 }])
    expect(answers).toEqual(['active'])
    expect([...suspect.sent, ...reference.sent]).toEqual(sent)
  })
  it('is not asked where there is nobody to ask', () => {
    const { world } = createIdle()
    const port = new SupervisedPool({ ...world, asker: undefined })
    expect(port.askServer(1, () => {})).toBe(false)
    expect([port.serverHeardAt, world.port.serverHeardAt]).toEqual([undefined, 42])
  })
  it('is not asked about a client that tells no process id', () => {
    const world = createWorld({
      onCreate: (client) => void Object.assign(client, { processID: null }),
    })
    warm(world, 1)
    expect(ask(world).isAsked).toBe(false)
  })
})

describe('eviction', () => {
  it('of an unresponsive connection tells its holder now', () => {
    const { world, suspect } = createIdle()
    world.acquire()
    world.acquire()
    const errors: (Error | null | undefined)[] = []
    suspect.query('SELECT 1', (error) => void errors.push(error))
    suspect.connection.stream.destroy = ((error: Error) => suspect.die(error)) as () => void
    world.clock.advance(700)
    world.port.evict(1, 'unresponsive', 'gone')
    expect(errors).toMatchObject([{ code: 'HALE_CONNECTION_LOST', waitedMs: 700, because: 'gone' }])
  })
  it('of any other leaves its holder alone', () => {
    const { world, suspect } = createIdle()
    world.acquire()
    world.acquire()
    world.port.evict(1, 'latency')
    expect(suspect.isDead).toBe(false)
    world.release(suspect)
    expect(suspect.isDead).toBe(true)
  })
})
