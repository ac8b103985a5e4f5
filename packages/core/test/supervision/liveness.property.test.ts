import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ServerAnswer } from '../../src/index.ts'
import { PoolWorld } from './pool-world.ts'

const answer = fc.constantFrom<ServerAnswer | false>(
  'active',
  'active',
  'unknown',
  'unanswered',
  false,
)

describe('a statement that is slow', () => {
  it('is never taken for lost, however long it runs and whoever cannot be asked meanwhile', () => {
    const schedule = fc.record({
      answers: fc.array(answer, { minLength: 1, maxLength: 30 }),
      sweeps: fc.integer({ min: 1, max: 600 }),
      heldUpMs: fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 5 }),
      connections: fc.integer({ min: 1, max: 4 }),
    })
    fc.assert(
      fc.property(schedule, ({ answers, sweeps, heldUpMs, connections }) => {
        const pool = new PoolWorld({ connections })
        pool.answers = [...answers, 'active']
        pool.sweep()
        pool.begin(1)
        for (let swept = 0; swept < sweeps; swept++) {
          pool.sweeps(1)
          pool.serverHeardAt = pool.now - 1_000 // the session is asked for other things, too
        }
        for (const ms of heldUpMs) {
          pool.advance(ms)
          pool.sweep()
          pool.sweeps(2)
        }
        pool.release(1)
        pool.sweeps(20)
        expect(pool.of('evict')).toEqual([])
      }),
    )
  })

  it('is never taken for lost while bytes of its answer come in, whatever its backend waits for', () => {
    const anything = fc.constantFrom<ServerAnswer>(
      'active',
      'idle',
      'gone',
      'unanswered',
      'unknown',
    )
    const schedule = fc.array(anything, { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(schedule, (answers) => {
        const pool = new PoolWorld({ connections: 1 })
        pool.answers = answers
        pool.sweep()
        pool.begin(1)
        for (let swept = 0; swept < 200; swept++) {
          pool.at(1).receivedBytes += 1
          pool.sweeps(1)
        }
        expect(pool.of('evict')).toEqual([])
      }),
    )
  })
})

describe('a statement behind a dead link', () => {
  it('is told within 6 s of the death, whenever in its run that is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), (slowFor) => {
        const pool = new PoolWorld({ connections: 2 })
        pool.answers = ['active']
        pool.sweep()
        pool.begin(1)
        pool.sweeps(slowFor)
        pool.answers = ['idle']
        const diedAt = pool.now
        pool.sweeps(24)
        expect(pool.of('evict')).toMatchObject([{ id: 1, because: 'idle' }])
        expect((pool.of('evict')[0]?.at ?? 0) - diedAt).toBeLessThanOrEqual(6_000)
      }),
    )
  })

  it('is told within 10 s where the whole network died, whenever in its run that is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), (slowFor) => {
        const pool = new PoolWorld({ connections: 2 })
        pool.answers = ['active']
        pool.sweep()
        pool.begin(1)
        pool.sweeps(slowFor)
        pool.answers = ['unanswered']
        pool.script({ network: undefined }, 1, 2)
        const diedAt = pool.now
        pool.sweeps(40)
        expect(pool.of('evict')).toMatchObject([{ id: 1, because: 'unanswered' }])
        expect((pool.of('evict')[0]?.at ?? 0) - diedAt).toBeLessThanOrEqual(10_000)
      }),
    )
  })
})
