import fc from 'fast-check'
import { anyWorld } from './any-world.ts'
import { createWorld, type World, type WorldOptions } from './engine-world.ts'
import type { FakeClient } from './fake-client.ts'
import { badPassword, refused, reset } from './world-steps.ts'

interface StepRule {
  /** How often it is drawn, beside the others. */
  readonly weight: number
  run(world: World, pick: number): void
}

function choose<Item>(items: readonly Item[], pick: number): Item | undefined {
  return items[pick % Math.max(1, items.length)]
}

/** What a query's callback does, unless its client was taken or released before. */
function releaseOnce(world: World, client: FakeClient): void {
  if (world.isLeased(client)) world.release(client)
}

/** Acquires for a caller who does something inside its callback. */
function acquireAnd(world: World, use: (client: FakeClient) => void): void {
  world.acquire(undefined, ({ client }) => {
    if (client !== undefined) use(client)
  })
}

function askPair({ port }: World, pick: number): void {
  const connections = [...port.connections()]
  const suspectId = choose(connections, pick)?.id
  const referenceId = choose(connections, pick + 1)?.id
  if (suspectId === undefined || referenceId === undefined || suspectId === referenceId) return
  const kind = pick % 2 === 0 ? 'network' : 'backend'
  port.probePair({ suspectId, referenceId, kind, suspectFirst: pick % 3 === 0 }, () => {})
}

const roles = ['primary', 'standby', 'read-only'] as const

const steps = {
  acquire: { weight: 8, run: (world) => void world.acquire() },
  acquireAndRelease: {
    weight: 1,
    run: (world) => acquireAnd(world, (client) => world.release(client)),
  },
  acquireAndQuery: {
    weight: 1,
    run: (world) =>
      acquireAnd(world, (client) => client.query('SELECT 1', () => releaseOnce(world, client))),
  },
  accept: {
    weight: 6,
    run: (world, pick) =>
      choose(
        world.clients.filter((each) => each.isConnecting),
        pick,
      )?.settleConnect(),
  },
  acceptAs: {
    weight: 3,
    run: (world, pick) => {
      const connecting = world.clients.filter((each) => each.isConnecting)
      const client = choose(connecting, pick)
      if (client === undefined) return
      client.tellsRole = pick % 4 !== 0
      client.role = choose(roles, pick) ?? 'primary'
      client.settleConnect()
    },
  },
  become: {
    weight: 2,
    run: (world, pick) => {
      const open = world.clients.filter((each) => !each.isConnecting && !each.isDead)
      choose(open, pick)?.become(choose(roles, pick) ?? 'primary')
    },
  },
  refuseWrite: {
    weight: 1,
    run: (world, pick) =>
      choose(
        world.clients.filter((each) => each.isBusy && !each.isDead),
        pick,
      )?.refuse('25006', 'ERROR'),
  },
  doubt: { weight: 0.2, run: ({ engine }) => engine.roles.doubt() },
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
  reached: {
    weight: 1,
    run: (world, pick) =>
      choose(
        world.clients.filter((each) => each.onReach !== undefined),
        pick,
      )?.onReach?.(),
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
  hang: {
    weight: 0.5,
    run: (world, pick) => {
      const client = choose(world.clients, pick)
      if (client !== undefined && !client.isDead) client.isHung = true
    },
  },
  probe: {
    weight: 0.5,
    run: ({ port }, pick) => {
      const connection = choose([...port.connections()], pick)
      if (connection !== undefined) port.probe(connection.id)
    },
  },
  evict: {
    weight: 0.5,
    run: ({ port }, pick) => {
      const connection = choose([...port.connections()], pick)
      if (connection !== undefined) port.evict(connection.id, 'unresponsive')
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
} satisfies Record<string, StepRule>

/** What is done, and the number that picks to whom. */
type Step = readonly [kind: keyof typeof steps, pick: number]

const anyKind = fc.oneof(
  ...Object.entries(steps).map(([kind, { weight }]) => ({
    weight: weight * 20,
    arbitrary: fc.constant(kind as Step[0]),
  })),
)
const anyStep: fc.Arbitrary<Step> = fc.tuple(anyKind, fc.nat(7_000))

/** Answers everything and releases everything, as a well-behaved application and server would. */
function settleAll(world: World): void {
  for (let round = 0; round < 200 && !world.ended; round += 1) {
    for (const client of world.leasedClients) world.release(client)
    for (const client of world.clients) {
      if (client.isConnecting) client.settleConnect()
      while (client.isBusy && !client.isDead && !client.isHung) client.answer()
    }
    world.clock.advance(100)
    world.check()
  }
}

/** Takes the steps in a world of its own, checks after each, and ends it. */
function play(options: WorldOptions, sequence: readonly Step[]): void {
  const world = createWorld(options)
  for (const [kind, pick] of sequence) {
    steps[kind].run(world, pick)
    world.check()
  }
  if (!world.engine.ending) world.end()
  settleAll(world)
  if (!world.ended) throw new Error(`not ended: ${JSON.stringify(world.engine.counts())}`)
  const held = world.callers.find(({ settledAt }) => settledAt === undefined)
  if (held !== undefined) throw new Error(`caller ${held.number} never settled`)
}

/** How the model is tried out. */
export interface ModelRun {
  readonly numRuns: number
  /** Steps of a sequence, at most. */
  readonly maxLength: number
  readonly seed?: number
  /** Whether a failing sequence is left as long as it is. */
  readonly endOnFailure?: boolean
}

/** Tries random sequences. Returns how many steps were taken. @throws with the shortest that fails */
export function tryModel({ maxLength, ...parameters }: ModelRun): number {
  let taken = 0
  const anySequence = fc.array(anyStep, { maxLength, size: 'max' })
  const law = fc.property(anyWorld, anySequence, (options, sequence) => {
    taken += sequence.length
    play(options, sequence)
  })
  fc.assert(law, { ...parameters, includeErrorInReport: true })
  return taken
}
