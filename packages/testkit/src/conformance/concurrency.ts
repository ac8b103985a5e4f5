import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../seeded-random.ts'
import type { ConformanceSubject } from './adapter.ts'
import { toldOf } from './errors.ts'
import { type ConformanceWorld, insertEntry, pidOf } from './world.ts'

const ACCOUNTS = 5
const TRANSFERS = 120

/** Transactions at the same time on a small pool. */
export function testConcurrency(world: ConformanceWorld): void {
  describe('concurrent transactions', () => {
    it('are atomic, each on one backend', async () => {
      const subject = world.open({ max: 3 })
      await world.admin.query(
        `insert into account select n, 100 from generate_series(1, ${ACCOUNTS}) as n`,
      )
      const random = createSeededRandom(1)
      const transfers = Array.from({ length: TRANSFERS }, (_, id) => {
        const from = 1 + Math.floor(random() * ACCOUNTS)
        const to = 1 + ((from + Math.floor(random() * (ACCOUNTS - 1))) % ACCOUNTS)
        const way = random()
        return { id, from, to, fails: way < 0.2 ? 'throws' : way < 0.4 ? 'overdraws' : undefined }
      })
      const pids = await Promise.all(transfers.map((each) => transfer(subject, each)))
      for (const seen of pids) expect(seen.size).toBe(1)
      const done = transfers.filter(({ fails }) => fails === undefined)
      const expected = new Map(Array.from({ length: ACCOUNTS }, (_, index) => [index + 1, 100]))
      for (const { from, to } of done) {
        expected.set(from, (expected.get(from) ?? 0) - 1)
        expected.set(to, (expected.get(to) ?? 0) + 1)
      }
      const { rows } = await world.admin.query<{ id: number; balance: number }>(
        'select id, balance from account',
      )
      expect(new Map(rows.map(({ id, balance }) => [id, balance]))).toEqual(expected)
      expect(await world.entries()).toEqual(done.map(({ id }) => id))
    })

    it('never share a backend', async () => {
      const subject = world.open({ max: 3 })
      const inUse = new Set<number>()
      let shared = 0
      let most = 0
      const one = (): Promise<void> =>
        subject.transaction(async (tx) => {
          const pid = await pidOf(tx)
          if (inUse.has(pid)) shared += 1
          inUse.add(pid)
          most = Math.max(most, inUse.size)
          await tx.query('select 1')
          inUse.delete(pid)
        })
      await Promise.all(Array.from({ length: 60 }, one))
      expect(shared).toBe(0)
      expect(most).toBeGreaterThan(1)
    })
  })
}

interface Transfer {
  readonly id: number
  readonly from: number
  readonly to: number
  readonly fails: string | undefined
}

/** The backends on which its statements ran. */
async function transfer(
  subject: ConformanceSubject,
  { id, from, to, fails }: Transfer,
): Promise<ReadonlySet<number>> {
  const pids = new Set<number>()
  const told = await toldOf(
    subject.transaction(async (tx) => {
      pids.add(await pidOf(tx))
      await tx.query(insertEntry(id))
      const [first, second] = from < to ? [from, to] : [to, from] // in one order: no deadlocks
      const amounts = { [from]: '- 1', [to]: '+ 1' }
      await tx.query(
        `update account set balance = balance ${amounts[first]} where id = ${first} /* ${id} */`,
      )
      pids.add(await pidOf(tx))
      if (fails === 'throws') throw new Error('changed its mind')
      const amount = fails === 'overdraws' ? '- 1000' : amounts[second]
      await tx.query(
        `update account set balance = balance ${amount} where id = ${second} /* ${id} */`,
      )
      pids.add(await pidOf(tx))
    }),
  )
  if ((told.kind === 'done') !== (fails === undefined)) {
    throw new Error(`transfer ${id} is to ${fails ?? 'succeed'}, and it is ${told.kind}`, {
      cause: told.kind === 'done' ? undefined : told.error,
    })
  }
  return pids
}
