import { describe, expect, it } from 'vitest'
import { allFaults } from '../catalogue/all-faults.ts'
import type { Cell } from '../measure.ts'
import { brokenPromises, defeatsOf, gradeOf } from '../verdicts.ts'

const fine: Cell = {
  fault: 'idle-black-hole',
  contender: 'hale-pg',
  died: undefined,
  operations: 1_000,
  failures: 0,
  unavoidable: 0,
  longestStallMs: 300,
  detectedMs: 1_000,
  detectedBy: 'unresponsive',
  usualP99Ms: 10,
  healedMs: 0,
  opened: 1,
  kept: false,
  stuck: 0,
  leaked: 0,
  lost: 0,
  doubled: 0,
  strays: 0,
  sentTwice: 0,
  errors: {},
}

const idleBlackHole = allFaults.find(({ id }) => id === fine.fault)

describe('brokenPromises', () => {
  if (idleBlackHole === undefined) throw new Error('the catalogue has changed')

  it('is empty when all is kept', () => {
    expect(brokenPromises(idleBlackHole, { ...fine, failures: 1, unavoidable: 1 })).toEqual([])
  })

  it.each<[Partial<Cell>, string]>([
    [{ died: 'unhandled error' }, 'died: unhandled error'],
    [{ stuck: 1 }, 'stuck: 1'],
    [{ leaked: 2 }, 'leaked: 2'],
    [{ lost: 1 }, 'lost: 1'],
    [{ doubled: 1 }, 'doubled: 1'],
    [{ strays: 1 }, 'strays: 1'],
    [{ sentTwice: 1 }, 'sentTwice: 1'],
    [{ failures: 3, unavoidable: 1 }, 'failed beyond the unavoidable: 2'],
    [{ kept: true }, 'a broken link was kept'],
    [{ detectedMs: undefined }, 'detected: never, not within 2000 ms'],
    [{ healedMs: 9_000 }, 'healed: 9000 ms, not within 2000 ms'],
    [{ longestStallMs: 9_000 }, 'longest stall: 9000 ms, not within 1500 ms'],
  ])('names what was not kept: %o', (found, told) => {
    expect(brokenPromises(idleBlackHole, { ...fine, ...found })).toEqual([told])
  })
})

describe('defeatsOf', () => {
  const other: Cell = { ...fine, contender: 'pg-pool' }

  it('finds nothing where the other is as good or worse', () => {
    expect(defeatsOf([fine, { ...other, longestStallMs: 5_000, stuck: 1 }])).toEqual([])
  })

  it('names who was better in what, and by how much', () => {
    expect(
      defeatsOf([
        { ...fine, failures: 2 },
        { ...other, longestStallMs: 290 },
      ]),
    ).toEqual([
      {
        fault: 'idle-black-hole',
        measure: 'failed beyond the unavoidable',
        hale: 'hale-pg',
        by: 'pg-pool',
        haleValue: 2,
        byValue: 0,
      },
    ])
  })

  it('takes a difference within the noise of the machine for none', () => {
    expect(defeatsOf([{ ...fine, longestStallMs: 650 }, other])).toEqual([])
    expect(defeatsOf([{ ...fine, longestStallMs: 750 }, other])).toHaveLength(1)
  })

  it('counts never as worse than any time', () => {
    expect(defeatsOf([{ ...fine, healedMs: undefined }, other])).toMatchObject([
      { measure: 'time to heal' },
    ])
  })

  it('compares an ORM on pg-pool with the same ORM on Hale', () => {
    const kysely = { ...other, contender: 'kysely' }
    const onHale = { ...fine, contender: 'hale-kysely', stuck: 1 }
    expect(defeatsOf([fine, onHale, kysely])).toMatchObject([{ hale: 'hale-kysely', by: 'kysely' }])
  })

  it('asks nothing of who died', () => {
    expect(
      defeatsOf([
        { ...fine, stuck: 1 },
        { ...other, died: 'an error event' },
      ]),
    ).toEqual([])
  })
})

describe('gradeOf', () => {
  it('is the worst that happened', () => {
    expect(gradeOf(fine)).toBe('well')
    expect(gradeOf({ ...fine, longestStallMs: 5_000 })).toBe('stalled')
    expect(gradeOf({ ...fine, longestStallMs: 5_000, kept: true })).toBe('kept')
    expect(gradeOf({ ...fine, longestStallMs: 5_000, failures: 1 })).toBe('failed')
    expect(gradeOf({ ...fine, failures: 1, leaked: 1 })).toBe('leaked')
    expect(gradeOf({ ...fine, leaked: 1, stuck: 1 })).toBe('stuck')
    expect(gradeOf({ ...fine, stuck: 1, sentTwice: 1 })).toBe('corrupted')
    expect(gradeOf({ ...fine, sentTwice: 1, died: 'x' })).toBe('died')
  })
})
