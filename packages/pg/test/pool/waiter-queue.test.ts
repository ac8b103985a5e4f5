import { describe, expect, it } from 'vitest'
import { Waiter, WaiterQueue } from '../../src/pool/waiter-queue.ts'

function waiter(deadlineAt: number): Waiter {
  return new Waiter(() => {}, 0, deadlineAt)
}

/** A queue of waiters with these deadlines. */
function queueOf(...deadlines: number[]): { queue: WaiterQueue; waiters: Waiter[] } {
  const queue = new WaiterQueue()
  const waiters = deadlines.map(waiter)
  for (const each of waiters) queue.push(each)
  return { queue, waiters }
}

const deadlinesOf = (waiters: Iterable<Waiter>): number[] =>
  [...waiters].map(({ deadlineAt }) => deadlineAt)

describe('WaiterQueue', () => {
  it('serves in the order of arrival', () => {
    const { queue, waiters } = queueOf(30, 10, 20)
    expect([queue.shift(), queue.shift(), queue.shift(), queue.shift()]).toEqual([
      ...waiters,
      undefined,
    ])
  })
  it('loses nobody else when one leaves, wherever that one stood', () => {
    for (const index of [0, 1, 2]) {
      const { queue, waiters } = queueOf(10, 20, 30)
      const [leaving] = waiters.splice(index, 1) as [Waiter]
      expect(queue.remove(leaving)).toBe(true)
      expect(queue.remove(leaving)).toBe(false)
      expect([...queue]).toEqual(waiters)
      expect(queue.size).toBe(2)
    }
  })
  it('takes out the overdue of one timeout in order', () => {
    const { queue } = queueOf(10, 20, 30)
    expect(deadlinesOf(queue.takeOverdue(20))).toEqual([10, 20])
    expect(queue.nextDeadlineAt()).toBe(30)
  })
  it('finds the overdue behind those who wait longer', () => {
    const { queue } = queueOf(Number.POSITIVE_INFINITY, 30, 10, 40)
    expect(queue.nextDeadlineAt()).toBe(10)
    expect(deadlinesOf(queue.takeOverdue(35))).toEqual([30, 10])
    expect(deadlinesOf(queue)).toEqual([Number.POSITIVE_INFINITY, 40])
  })
  it('knows no deadline when nobody waits', () => {
    const { queue } = queueOf(30, 10)
    queue.takeAll()
    expect(queue.nextDeadlineAt()).toBe(Number.POSITIVE_INFINITY)
    expect(queue.size).toBe(0)
  })
  it('sends everyone away, those without a deadline too', () => {
    const { queue, waiters } = queueOf(Number.POSITIVE_INFINITY, 10)
    expect(queue.takeAll()).toEqual(waiters)
  })
  it('lets 100,000 leave in any order without looking for them', () => {
    const { queue, waiters } = queueOf(...Array.from({ length: 100_000 }, () => 10))
    for (let n = 0; n < waiters.length; n += 1) {
      queue.remove(waiters[(n * 7_919) % waiters.length] as Waiter)
    }
    expect(queue.size).toBe(0)
  }, 2_000) // a search would take minutes
})
