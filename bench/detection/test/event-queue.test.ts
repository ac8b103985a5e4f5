import { describe, expect, it } from 'vitest'
import { EventQueue } from '../world/event-queue.ts'
import { Random } from '../world/random.ts'

describe('EventQueue', () => {
  it('gives events back in the order of their instants, whenever they were pushed', () => {
    const random = new Random(1, 'test')
    const queue = new EventQueue()
    const given: number[] = []
    const expected: number[] = []
    for (let round = 0; round < 2_000; round += 1) {
      const at = (given.at(-1) ?? 0) + random.next()
      queue.push(at, 3, round, 2 * round)
      expected.push(at)
      if (random.next() < 0.6 && queue.pop()) given.push(queue.at)
    }
    while (queue.pop()) given.push(queue.at)
    expect(given).toEqual(expected.toSorted((a, b) => a - b))
  })

  it('keeps what belongs to an event', () => {
    const queue = new EventQueue()
    queue.push(2, 14, 7, 1_000_000)
    queue.push(1, 0, 8, 9)
    queue.pop()
    expect([queue.at, queue.kind, queue.subject, queue.serial]).toEqual([1, 0, 8, 9])
    queue.pop()
    expect([queue.at, queue.kind, queue.subject, queue.serial]).toEqual([2, 14, 7, 1_000_000])
    expect(queue.pop()).toBe(false)
  })
})
