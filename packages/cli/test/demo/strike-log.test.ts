import type { HealthAwarePool } from '@hale/pg'
import { describe, expect, it } from 'vitest'
import { type Fault, FaultRefusedError, type Occasion } from '../../src/demo/faults/fault.ts'
import { StrikeLog } from '../../src/demo/strike-log.ts'

const pool = {} as HealthAwarePool
const [kysely, drizzle] = [
  { name: 'kysely', pool },
  { name: 'drizzle', pool },
]
const words = { id: 'id', title: 'Break it', effect: 'It breaks.' }

/** A fault of one pool that hands out its occasions. */
function poolFault(occasions: Occasion[]): Fault {
  const strike = async (occasion: Occasion): Promise<string> => {
    occasions.push(occasion)
    return 'Look here.'
  }
  return { ...words, scope: 'pool', strike }
}

describe('StrikeLog', () => {
  it('tells the latest fault first, with what was seen of it so far', async () => {
    const log = new StrikeLog([kysely, drizzle])
    const occasions: Occasion[] = []
    await log.strike(poolFault(occasions), kysely)
    await log.strike(poolFault(occasions), drizzle)
    occasions[0]?.tell('It left.')
    expect(log.views().map(({ id, where, seen }) => ({ id, where, seen }))).toEqual([
      { id: 2, where: 'drizzle', seen: [] },
      { id: 1, where: 'kysely', seen: ['It left.'] },
    ])
  })

  it('does a fault of the server before every pool, and says which of them saw what', async () => {
    const log = new StrikeLog([kysely, drizzle])
    const strike = async (occasions: readonly Occasion[]): Promise<string> => {
      for (const occasion of occasions) occasion.tell('It is slow.')
      return 'Look there.'
    }
    await log.strike({ ...words, scope: 'server', strike }, drizzle)
    const [view] = log.views()
    expect(view?.where).toBe('the server')
    expect(view?.seen).toEqual(['kysely: It is slow.', 'drizzle: It is slow.'])
  })

  it('forgets the oldest, and hears nothing of them any more', async () => {
    const log = new StrikeLog([kysely])
    const occasions: Occasion[] = []
    for (let strike = 0; strike < 21; strike++) await log.strike(poolFault(occasions), kysely)
    expect(log.views()).toHaveLength(20)
    expect(occasions.map(({ signal }) => signal.aborted).indexOf(false)).toBe(1)
  })

  it('keeps a bounded number of sentences', async () => {
    const log = new StrikeLog([kysely])
    const occasions: Occasion[] = []
    await log.strike(poolFault(occasions), kysely)
    for (let sentence = 0; sentence < 100; sentence++) occasions[0]?.tell('Again.')
    expect(log.views()[0]?.seen).toHaveLength(6)
  })

  it('repeats what a fault says of itself, and nothing that the driver says', async () => {
    const log = new StrikeLog([kysely])
    const failing = (error: Error): Fault => {
      return { ...words, scope: 'pool', strike: () => Promise.reject(error) }
    }
    await expect(log.strike(failing(new FaultRefusedError('Not now.')), kysely)).rejects.toThrow(
      'Not now.',
    )
    const secret = failing(new Error('password authentication failed for user "ann"'))
    await expect(log.strike(secret, kysely)).rejects.toThrow(/^It could not be done/)
    expect(log.views()).toEqual([])
  })

  it('hears of nothing after it was closed', async () => {
    const log = new StrikeLog([kysely])
    const occasions: Occasion[] = []
    await log.strike(poolFault(occasions), kysely)
    log.close()
    expect(occasions[0]?.signal.aborted).toBe(true)
  })
})
