import fc from 'fast-check'
import { describe, it } from 'vitest'
import { createWorld, type World } from './engine-world.ts'

type Step = {
  readonly kind: string
  readonly pick: number
  readonly run: (world: World, pick: number) => void
}

function choose<Item>(items: readonly Item[], pick: number): Item | undefined {
  return items[pick % Math.max(1, items.length)]
}

const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
const badPassword = Object.assign(new Error('password authentication failed'), {
  code: '28P01',
  severity: 'FATAL',
})
const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })

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

const anyWorld = fc.record({
  max: fc.integer({ min: 1, max: 4 }),
  min: fc.integer({ min: 0, max: 1 }),
  maxLifetimeMs: fc.constantFrom(1_000, 5_000, 60_000),
  idleTimeoutMillis: fc.constantFrom(0, 300, 10_000),
  overlap: fc.constantFrom<(0 | 1)[]>(0, 1, 1),
  hygiene: fc.constantFrom<('discard-all' | false)[]>(false, false, 'discard-all'),
  opening: fc.constantFrom({}, { outageToleranceMs: 500 }),
  leakDetection: fc.constantFrom({}, { afterMs: 400 }, { afterMs: 400, reclaim: true }),
  endTimeoutMs: fc.constantFrom<(number | false)[]>(false, 0, 700),
  health: fc.constantFrom({}, { bypassWindowMs: 0 }, { probeIntervalMs: 100, bypassWindowMs: 50 }),
  seed: fc.nat(),
})

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

describe('the engine under random sequences', () => {
  it('keeps its invariants at every step, and ends', () => {
    fc.assert(
      fc.property(
        anyWorld,
        fc.array(anyStep, { maxLength: 80, size: 'max' }),
        (options, sequence) => {
          const world = createWorld(options)
          for (const { run, pick } of sequence) {
            run(world, pick)
            world.check()
          }
          if (!world.engine.ending) world.end()
          settleAll(world)
          if (!world.ended) throw new Error(`not ended: ${JSON.stringify(world.engine.counts())}`)
          const held = world.callers.find(({ settledAt }) => settledAt === undefined)
          if (held !== undefined) throw new Error(`caller ${held.number} never settled`)
        },
      ),
      { numRuns: Number(process.env['HALE_MODEL_RUNS'] ?? 10_000) },
    )
  }, 300_000)
})
