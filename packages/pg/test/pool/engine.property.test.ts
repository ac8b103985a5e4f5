import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { anyWorld } from './any-world.ts'
import { createWorld, type World } from './engine-world.ts'
import { badPassword, refused, reset } from './world-steps.ts'

vi.mock('../../src/pool/cancel-request.ts', () => import('./fake-cancel.ts'))

type Step = {
  readonly kind: string
  readonly pick: number
  readonly run: (world: World, pick: number) => void
}

function choose<Item>(items: readonly Item[], pick: number): Item | undefined {
  return items[pick % Math.max(1, items.length)]
}

function askPair({ port }: World, pick: number): void {
  const connections = [...port.connections()]
  const suspectId = choose(connections, pick)?.id
  const referenceId = choose(connections, pick + 1)?.id
  if (suspectId === undefined || referenceId === undefined || suspectId === referenceId) return
  const kind = pick % 2 === 0 ? 'network' : 'backend'
  port.probePair({ suspectId, referenceId, kind, suspectFirst: pick % 3 === 0 }, () => {})
}

const steps: Record<string, { weight: number; run: Step['run'] }> = {
  acquire: { weight: 8, run: (world) => void world.acquire() },
  accept: {
    weight: 6,
    run: (world, pick) =>
      choose(
        world.clients.filter((each) => each.isConnecting),
        pick,
      )?.settleConnect(),
  },
  refuse: {
    weight: 1,
    run: (world, pick) =>
      choose(
        world.clients.filter((each) => each.isConnecting),
        pick,
      )?.settleConnect(refused),
  },
  reject: {
    weight: 1,
    run: (world, pick) =>
      choose(
        world.clients.filter((each) => each.isConnecting),
        pick,
      )?.settleConnect(badPassword),
  },
  query: {
    weight: 5,
    run: (world, pick) => {
      const client = choose(world.leasedClients, pick)
      client?.query(['BEGIN', 'SELECT 1', 'SELECT 1', 'LISTEN'][pick % 4] as string, () => {})
    },
  },
  answer: {
    weight: 8,
    run: (world, pick) =>
      choose(
        world.clients.filter((each) => each.isBusy && !each.isDead),
        pick,
      )?.answer(),
  },
  fail: {
    weight: 3,
    run: (world, pick) =>
      choose(
        world.clients.filter((each) => each.isBusy && !each.isDead),
        pick,
      )?.refuse('23505', 'ERROR'),
  },
  fatal: {
    weight: 1,
    run: (world, pick) =>
      choose(
        world.clients.filter((each) => each.isBusy && !each.isDead),
        pick,
      )?.refuse('57P01', 'FATAL'),
  },
  cancelled: {
    weight: 2,
    run: (world, pick) =>
      choose(
        world.clients.filter((each) => each.onCancel !== undefined),
        pick,
      )?.onCancel?.(pick % 4 !== 0),
  },
  release: {
    weight: 7,
    run: (world, pick) => {
      const client = choose(world.leasedClients, pick)
      if (client !== undefined) world.release(client)
    },
  },
  releaseWithError: {
    weight: 1,
    run: (world, pick) => {
      const client = choose(world.leasedClients, pick)
      if (client !== undefined) world.release(client, new Error('holder'))
    },
  },
  kill: {
    weight: 2,
    run: (world, pick) =>
      choose(
        world.clients.filter((each) => !each.isDead),
        pick,
      )?.die(reset),
  },
  condemn: {
    weight: 1,
    run: (world, pick) => {
      const connection = choose([...world.engine.connections()], pick)
      if (connection !== undefined) world.engine.condemn(connection, 'operator')
    },
  },
  replace: {
    weight: 1,
    run: (world, pick) => {
      const connection = choose([...world.engine.connections()], pick)
      if (connection !== undefined && !world.engine.ending)
        world.engine.replacements.replace(connection, 'operator')
    },
  },
  candidate: {
    weight: 2,
    run: (world, pick) => {
      const suspect = choose([...world.port.connections()], pick)
      if (suspect === undefined || world.engine.ending) return
      world.port.openCandidate(suspect.id, () => {})
    },
  },
  takeCandidate: {
    weight: 1,
    run: ({ engine }) => {
      const suspect = engine.replacements.candidate?.replaces
      if (suspect !== undefined) engine.replacements.replace(suspect, 'latency')
    },
  },
  dropCandidate: {
    weight: 1,
    run: ({ engine, port }) => {
      const { candidate } = engine.replacements
      if (candidate !== undefined) port.dropCandidate(candidate.id)
    },
  },
  pair: {
    weight: 2,
    run: (world, pick) => askPair(world, pick),
  },
  pairLater: {
    weight: 1,
    run: (world, pick) => {
      const suspect = choose([...world.port.connections()], pick)
      if (suspect !== undefined) world.port.awaitIdle(suspect.id, () => askPair(world, pick))
    },
  },
  ask: {
    weight: 1,
    run: (world, pick) => {
      const subject = choose([...world.port.connections()], pick)
      if (subject !== undefined) world.port.askServer(subject.id, () => {})
    },
  },
  giveUp: {
    weight: 2,
    run: (world, pick) => {
      const waiting = world.callers.filter(({ settledAt }) => settledAt === undefined)
      const waiter = choose(waiting, pick)?.waiter
      if (waiter !== undefined) world.engine.giveUp(waiter, new Error('aborted'))
    },
  },
  abortQuery: {
    weight: 1,
    run: (world, pick) => {
      const client = choose(world.leasedClients, pick)
      if (client === undefined) return
      for (const connection of world.engine.connections()) {
        if (connection.client === client) connection.isAborted = true
      }
      world.release(client)
    },
  },
  request: {
    weight: 1,
    run: ({ engine }, pick) => {
      const connection = choose([...engine.connections()], pick)
      if (connection !== undefined && !engine.ending)
        engine.replacements.request(connection, 'operator')
    },
  },
  resize: {
    weight: 0.5,
    run: (world, pick) => {
      world.options.max = 1 + (pick % 4)
      world.engine.tend()
    },
  },
  freeze: {
    weight: 0.5,
    run: ({ clock }, pick) => {
      clock.freeze(pick)
      clock.flush()
    },
  },
  jump: {
    weight: 0.2,
    run: ({ clock }, pick) => {
      clock.jump(10 * pick)
      clock.advance(250)
    },
  },
  sweep: { weight: 2, run: (world) => world.engine.ending || world.sweeper.sweep() },
  wait: { weight: 4, run: (world, pick) => world.clock.advance(pick % 300) },
  waitLong: { weight: 0.5, run: (world, pick) => world.clock.advance(pick) },
  end: {
    weight: 0.15,
    run: (world) => {
      if (!world.engine.ending) world.end()
    },
  },
}

const anyStep: fc.Arbitrary<Step> = fc
  .tuple(
    fc.oneof(
      ...Object.entries(steps).map(([kind, { weight }]) => ({
        weight: weight * 20,
        arbitrary: fc.constant(kind),
      })),
    ),
    fc.nat(7_000),
  )
  .map(([kind, pick]) => ({ kind, pick, run: (steps[kind] as (typeof steps)[string]).run }))

/** Answers everything and releases everything, as a well-behaved application and server would. */
function settleAll(world: World): void {
  for (let round = 0; round < 200 && !world.ended; round += 1) {
    for (const client of world.leasedClients) world.release(client)
    for (const client of world.clients) {
      if (client.isConnecting) client.settleConnect()
      while (client.isBusy && !client.isDead) client.answer()
    }
    world.clock.advance(100)
    world.check()
  }
}

const runs = Number(process.env['HALE_MODEL_RUNS'] ?? 10_000)
/** Ten steps a run: a quarter of what it takes, so that a run that stops short shows. */
const leastSteps = 10 * runs

describe('the engine under random sequences', () => {
  it('keeps its invariants at every step, and ends', async ({ annotate }) => {
    let taken = 0
    fc.assert(
      fc.property(
        anyWorld,
        fc.array(anyStep, { maxLength: 80, size: 'max' }),
        (options, sequence) => {
          const world = createWorld(options)
          for (const { run, pick } of sequence) {
            run(world, pick)
            world.check()
            taken += 1
          }
          if (!world.engine.ending) world.end()
          settleAll(world)
          if (!world.ended) throw new Error(`not ended: ${JSON.stringify(world.engine.counts())}`)
          const held = world.callers.find(({ settledAt }) => settledAt === undefined)
          if (held !== undefined) throw new Error(`caller ${held.number} never settled`)
        },
      ),
      { numRuns: runs },
    )
    await annotate(`${taken} steps`)
    expect(taken).toBeGreaterThanOrEqual(leastSteps) // 100,000 in CI
  }, 300_000)
})
