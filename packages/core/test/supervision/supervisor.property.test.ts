import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HealthMode, RecycleCause } from '../../src/index.ts'
import { faultOfSqlState } from '../../src/index.ts'
import { createRandom } from '../detection/random.ts'
import { type Asked, connectionFault, PoolWorld } from './pool-world.ts'

const statistical: readonly RecycleCause[] = ['latency', 'stalls', 'ageing', 'faults']
const windowMs = 30_000

/** What is wrong with each connection of a pool: nothing, slow, stalling, failing, silent. */
const faults = fc.array(fc.constantFrom('sound', 'sound', 'slow', 'stalls', 'fails', 'silent'), {
  minLength: 2,
  maxLength: 24,
})
type Faults = typeof faults extends fc.Arbitrary<infer All> ? All : never

/** Traffic on a pool of such connections; new connections are as bad as those that they replace. */
function runFaulty(found: Faults, mode: HealthMode, seed: number): PoolWorld {
  const pool = new PoolWorld({ connections: found.length, health: { mode }, seed })
  pool.isSlotSlow = true
  pool.answers = ['idle']
  let served = 0
  pool.traffic(60)
  for (const [index, fault] of found.entries()) if (fault === 'slow') pool.slow(4, index + 1)
  pool.traffic(700, (id) => {
    served += 1
    const fault = found[(id - 1) % found.length]
    if (fault === 'stalls' && served % 40 === 0) pool.serve(id, 3_000)
    else if (fault === 'fails' && served % 10 === 0) pool.fail(id, connectionFault)
    else if (fault === 'silent' && served % 900 === 0) pool.begin(id)
    else pool.serve(id)
  })
  return pool
}

/** Most of these that happened within any one window. */
function mostPerWindow(asked: readonly Asked[]): number {
  let most = 0
  for (const { at } of asked) {
    most = Math.max(most, asked.filter((each) => each.at >= at && each.at < at + windowMs).length)
  }
  return most
}

describe('a supervised pool', () => {
  it('never has more replaced on suspicion than the budget allows', () => {
    fc.assert(
      fc.property(faults, fc.nat(), (found, seed) => {
        const pool = runFaulty(found, 'enforce', seed)
        const isOnSuspicion = ({ cause }: Asked): boolean => statistical.includes(cause ?? 'lost')
        const recycled = [...pool.of('replace'), ...pool.of('evict')].filter(isOnSuspicion)
        // a candidate is a connection as well while it is there
        const budget = Math.max(1, Math.floor(0.1 * (found.length + 1)))
        expect(mostPerWindow(recycled)).toBeLessThanOrEqual(budget)
      }),
      { numRuns: 25 },
    )
  })

  it('is left as it is when only observing, but for links that are dead', () => {
    fc.assert(
      fc.property(faults, fc.nat(), (found, seed) => {
        const pool = runFaulty(found, 'observe', seed)
        expect(pool.of('replace')).toEqual([])
        expect(pool.of('open-candidate')).toEqual([])
        expect(pool.of('evict').filter(({ cause }) => cause !== 'unresponsive')).toEqual([])
      }),
      { numRuns: 25 },
    )
  })

  it('is not judged without evidence', () => {
    const run = fc.tuple(
      fc.nat(30),
      fc.nat(3),
      fc.oneof(fc.double(), fc.double({ min: 0, max: 1e5, noNaN: true })),
    )
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.array(run, { maxLength: 600 }),
        (size, runs) => {
          const pool = new PoolWorld({ connections: size })
          const served = new Map<number, number>()
          pool.sweep()
          for (const [pick, statement, ms] of runs) {
            const id = 1 + (pick % size)
            const count = (served.get(id) ?? 0) + 1
            if (count >= 32) continue
            served.set(id, count)
            pool.serve(id, ms, `select ${'abcd'[statement]}`)
            pool.advance(3)
          }
          pool.sweeps(2)
          expect(pool.world.types().filter((type) => type === 'issue:raised')).toEqual([])
          expect(pool.of('pair').concat(pool.of('open-candidate'))).toEqual([])
          expect(pool.of('replace').concat(pool.of('evict'))).toEqual([])
          for (const id of pool.ids) {
            const { attempts, probes } = pool.at(id).metrics
            const { status } = pool.monitor.assess(id)
            if (attempts < 8 && probes < 3) expect(status).toBe('unknown')
          }
        },
      ),
    )
  })

  it('has the same statuses in whatever order the runs of one instant come', () => {
    const worlds = fc.tuple(fc.integer({ min: 4, max: 8 }), fc.nat(3), fc.nat())
    const judge = (
      [size, slow, seed]: readonly [number, number, number],
      isReversed: boolean,
    ): readonly string[] => {
      const random = createRandom(seed)
      const pool = new PoolWorld({ connections: size, health: { mode: 'observe' } })
      for (let instant = 0; instant < 250; instant++) {
        pool.advance(10)
        const runs = pool.ids.map((id) => ({
          id,
          ms: (id === slow + 1 ? 90 : 9) * (1 + random()),
          statement: `select ${'abc'[Math.floor(3 * random())]}`,
        }))
        for (const { id, ms, statement } of isReversed ? runs.toReversed() : runs) {
          pool.serve(id, ms, statement)
        }
      }
      pool.sweep()
      return pool.ids.map((id) => pool.monitor.assess(id).status)
    }
    fc.assert(
      fc.property(worlds, (world) => {
        expect(judge(world, true)).toEqual(judge(world, false))
      }),
      { numRuns: 20 },
    )
  })

  it('blames no connection for faults of its statements', () => {
    const states = fc.constantFrom('23505', '42601', '40001', '22P02', '57014')
    fc.assert(
      fc.property(states, fc.integer({ min: 1, max: 5 }), (sqlState, every) => {
        const pool = new PoolWorld()
        let served = 0
        pool.traffic(200, (id) => {
          served += 1
          if (id === 1 || served % every === 0) pool.fail(id, faultOfSqlState(sqlState, 'ERROR'))
          else pool.serve(id)
        })
        expect(pool.of('replace').concat(pool.of('evict'))).toEqual([])
        expect(pool.ids.map((id) => pool.monitor.issueOf('error_rate', id))).toEqual(
          pool.ids.map(() => undefined),
        )
      }),
      { numRuns: 20 },
    )
  })
})
