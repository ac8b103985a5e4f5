import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { anyWorld } from './any-world.ts'
import { createWorld, type World, type WorldOptions } from './engine-world.ts'
import { FakeClient } from './fake-client.ts'
import { badPassword, refused, reset } from './world-steps.ts'

vi.mock('../../src/pool/cancel-request.ts', () => import('./fake-cancel.ts'))

/** What one caller means to do; none waits for another. */
interface Script {
  readonly statements: readonly string[]
  /** `abort` gives up on what runs; `abandon` never releases; `giveUp` does not wait for long. */
  readonly ending: 'release' | 'fail' | 'abort' | 'abandon' | 'giveUp'
}

const anyScript: fc.Arbitrary<Script> = fc.record({
  statements: fc.array(fc.constantFrom('SELECT 1', 'SELECT 1', 'BEGIN', 'LISTEN'), {
    maxLength: 3,
  }),
  ending: fc.constantFrom<Script['ending'][]>(
    'release',
    'release',
    'fail',
    'abort',
    'abandon',
    'giveUp',
  ),
})

/** Runs what is to happen in whatever order the scheduler likes, and keeps what goes wrong. */
class Stage {
  readonly scheduler: fc.Scheduler
  readonly failures: unknown[] = []

  constructor(scheduler: fc.Scheduler) {
    this.scheduler = scheduler
  }

  async turn(label: string): Promise<void> {
    await this.scheduler.schedule(Promise.resolve(), label)
  }

  later(label: string, act: () => unknown): void {
    this.watch(this.turn(label).then(act))
  }

  watch(task: Promise<unknown>): void {
    task.catch((failure: unknown) => void this.failures.push(failure))
  }

  /** Whether anything is left once every promise has been followed up. */
  async hasMore(): Promise<boolean> {
    if (this.scheduler.count() === 0) await setImmediate()
    return this.scheduler.count() > 0
  }

  async next(): Promise<void> {
    await this.scheduler.waitNext(1)
    if (this.failures.length > 0) throw this.failures[0]
  }
}

/** The server; the answers over one connection come in their order. */
class ScheduledServer {
  readonly #stage: Stage
  /** Openings that are refused from now on. */
  refusals = 0

  constructor(stage: Stage) {
    this.#stage = stage
  }

  serve(client: FakeClient): void {
    const { connect, query, end } = FakeClient.prototype
    client.connect = (callback) => {
      connect.call(client, callback)
      this.#stage.later('accept', () => client.settleConnect(this.#refusal()))
    }
    client.query = (text, ...rest) => {
      query.call(client, text, ...rest)
      this.#stage.later(`answer ${text}`, () => client.answer())
    }
    client.end = (callback) => {
      this.#stage.later('close', () => end.call(client, callback))
    }
    client.on('cancel', () => this.#stage.later('cancel', () => client.onCancel?.(true)))
  }

  #refusal(): Error | undefined {
    if (this.refusals === 0) return undefined
    this.refusals -= 1
    return this.refusals % 3 === 2 ? badPassword : refused
  }
}

const choose = <Item>(items: readonly Item[], pick: number): Item | undefined =>
  items[pick % Math.max(1, items.length)]

type Happen = (world: World, server: ScheduledServer, pick: number) => void

/** What happens to the pool meanwhile, and how often. */
const incidents: Readonly<Record<string, { readonly weight: number; readonly happen: Happen }>> = {
  wait: { weight: 80, happen: (world, _, pick) => world.clock.advance(pick % 200) },
  freeze: {
    weight: 10,
    happen: (world, _, pick) => {
      world.clock.freeze(10 * pick)
      world.clock.flush()
    },
  },
  kill: {
    weight: 20,
    happen: (world, _, pick) => {
      const alive = world.clients.filter(({ isDead }) => !isDead)
      choose(alive, pick)?.die(reset)
    },
  },
  retire: {
    weight: 15,
    happen: ({ engine }, _, pick) => {
      const connection = choose([...engine.connections()], pick)
      if (connection === undefined || engine.ending) return
      engine.replacements.request(connection, 'operator')
    },
  },
  candidate: {
    weight: 10,
    happen: ({ engine, port }, _, pick) => {
      const suspect = choose([...port.connections()], pick)
      if (suspect === undefined || engine.ending) return
      port.openCandidate(suspect.id, (id) => {
        if (id !== undefined) port.dropCandidate(id)
      })
    },
  },
  sweep: { weight: 30, happen: (world) => world.engine.ending || world.sweeper.sweep() },
  refuse: {
    weight: 15,
    happen: (_, server) => {
      server.refusals += 3
    },
  },
  end: { weight: 3, happen: (world) => world.engine.ending || world.end() },
}

const anyIncident: fc.Arbitrary<{ kind: string; pick: number }> = fc.record({
  kind: fc.oneof(
    ...Object.entries(incidents).map(([kind, { weight }]) => ({
      weight,
      arbitrary: fc.constant(kind),
    })),
  ),
  pick: fc.nat(600),
})

/** One caller, from asking to release, several times over. */
async function call(world: World, stage: Stage, scripts: readonly Script[]): Promise<void> {
  for (const script of scripts) {
    await stage.turn('call')
    const client = await acquire(world, stage, script)
    if (client !== undefined) await use(world, stage, client, script)
  }
}

async function acquire(
  world: World,
  stage: Stage,
  { ending }: Script,
): Promise<FakeClient | undefined> {
  return await new Promise((resolve) => {
    const { waiter } = world.acquire(undefined, (caller) => resolve(caller.client))
    if (ending !== 'giveUp' || waiter === undefined) return
    stage.later('give up', () => world.engine.giveUp(waiter, new Error('aborted')))
  })
}

async function use(
  world: World,
  stage: Stage,
  client: FakeClient,
  { ending, statements }: Script,
): Promise<void> {
  for (const text of statements) {
    const answered = new Promise<void>((resolve) => client.query(text, () => resolve()))
    if (ending === 'abort') return abort(world, client)
    await answered
    await stage.turn('think')
  }
  if (ending === 'abandon') return
  world.release(client, ending === 'fail' ? new Error('holder') : undefined)
}

function abort(world: World, client: FakeClient): void {
  for (const connection of world.engine.connections()) {
    if (connection.client === client) connection.isAborted = true
  }
  world.release(client)
}

/** Lets the scheduled tasks run one by one; the invariants hold after each. */
async function settle(world: World, stage: Stage, seen: Set<string>): Promise<number> {
  let steps = 0
  while (await stage.hasMore()) {
    await stage.next()
    world.check()
    note(world, seen)
    steps += 1
  }
  return steps
}

const phases = ['opening', 'idle', 'leased', 'probing', 'cleaning', 'closing', 'waiting'] as const

function note({ engine }: World, seen: Set<string>): void {
  const counts = engine.counts()
  for (const phase of phases) if (counts[phase] > 0) seen.add(phase)
  if (engine.ending && !engine.ended) seen.add('draining')
  if (engine.ended) seen.add('ended')
  for (const { isDoubted, isLeaving } of engine.connections()) {
    if (isDoubted) seen.add('doubted')
    if (isLeaving) seen.add('leaving')
  }
}

interface Life {
  readonly options: WorldOptions
  readonly callers: readonly (readonly Script[])[]
  readonly meanwhile: readonly { readonly kind: string; readonly pick: number }[]
}

/** The whole life of a pool. Returns how many tasks the scheduler ran. */
async function live(
  scheduler: fc.Scheduler,
  { options, callers, meanwhile }: Life,
  seen: Set<string>,
): Promise<number> {
  const stage = new Stage(scheduler)
  const server = new ScheduledServer(stage)
  const world = createWorld({
    endTimeoutMs: 700,
    ...options,
    onCreate: (client) => server.serve(client),
  })
  const calls = Promise.all(callers.map((scripts) => call(world, stage, scripts)))
  stage.watch(calls)
  for (const { kind, pick } of meanwhile) {
    stage.later(kind, () => incidents[kind]?.happen(world, server, pick))
  }
  let steps = await settle(world, stage, seen)
  if (!world.engine.ending) world.end()
  for (let round = 0; round < 200 && !world.ended; round += 1) {
    for (const client of world.leasedClients) world.release(client) // those that were abandoned
    world.clock.advance(100)
    steps += await settle(world, stage, seen)
  }
  steps += await settle(world, stage, seen) // callers who ask a pool that has ended
  note(world, seen)
  if (!world.ended) throw new Error(`not ended: ${JSON.stringify(world.engine.counts())}`)
  await calls
  return steps
}

const runs = Number(process.env['HALE_SCHEDULE_RUNS'] ?? 5_000)

describe('the engine under random schedules of its callers and its server', () => {
  it('keeps its invariants at every step, and ends', async ({ annotate }) => {
    const seen = new Set<string>()
    let steps = 0
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        anyWorld,
        fc.array(fc.array(anyScript, { minLength: 1, maxLength: 4, size: 'max' }), {
          minLength: 1,
          maxLength: 6,
          size: 'max',
        }),
        fc.array(anyIncident, { maxLength: 30, size: 'max' }),
        async (scheduler, options, callers, meanwhile) => {
          steps += await live(scheduler, { options, callers, meanwhile }, seen)
        },
      ),
      { numRuns: runs, endOnFailure: true }, // to shrink a schedule takes minutes
    )
    await annotate(`${steps} steps`)
    const all = [...phases, 'draining', 'ended', 'doubted', 'leaving']
    expect([...seen].sort()).toEqual(all.sort())
    expect(steps).toBeGreaterThanOrEqual(10 * runs)
  }, 60_000)
})
