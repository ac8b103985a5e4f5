import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allFaults } from '../catalogue/all-faults.ts'
import { playFault } from '../play-fault.ts'
import { openStage, type Stage } from '../stage.ts'
import { brokenInvariants } from '../verdicts.ts'

/** What ends within seconds; `npm run bench:faults` plays all of them, beside everybody else. */
const quick = [
  'idle-black-hole',
  'query-black-hole',
  'reset',
  'half-closed',
  'killed-idle',
  'killed-in-transaction',
  'killed-mid-commit',
  'restart-immediate',
  'released-in-transaction',
  'failed-begin',
  'blocked-loop',
]

let stage: Stage

beforeAll(async () => {
  stage = await openStage(undefined)
})
afterAll(() => stage?.[Symbol.asyncDispose]())

describe('Hale under plain pg, Kysely and Drizzle', () => {
  it.each(allFaults.filter(({ id }) => quick.includes(id)))(
    'loses nothing and nobody when $title',
    { timeout: 120_000 },
    async (fault) => {
      const names = ['hale-pg', 'hale-kysely', 'hale-drizzle'] as const
      const cells = await playFault(fault, names, stage, { usualMs: 500, watchMs: 3_000 })
      const broken = cells.flatMap((cell) => {
        return brokenInvariants(cell).map((what) => ({ [cell.contender]: what, told: cell.errors }))
      })
      expect(broken).toEqual([])
      expect(Math.min(...cells.map(({ operations }) => operations))).toBeGreaterThan(50)
    },
  )
})

describe('pg-pool, through the same', () => {
  it('does not come out of it, so that these tests can fail', { timeout: 120_000 }, async () => {
    const fault = allFaults.find(({ id }) => id === 'killed-in-transaction')
    if (fault === undefined) throw new Error('the catalogue has changed')
    const pace = { usualMs: 500, watchMs: 3_000 }
    const [cell] = await playFault(fault, ['kysely'], stage, pace)
    expect(cell?.died).toContain('terminating connection')
  })
})
