import { createFakeClock } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { startDeadline } from '../src/time-source.ts'

describe('startDeadline', () => {
  it('says once that the time is up', () => {
    const clock = createFakeClock()
    let missed = 0
    startDeadline(clock, 100, () => {
      missed += 1
    })
    clock.advance(99)
    expect(missed).toBe(0)
    clock.advance(1_000)
    expect(missed).toBe(1)
  })
  it('says nothing once it is cancelled', () => {
    const clock = createFakeClock()
    const cancel = startDeadline(clock, 100, () => {
      throw new Error('it was cancelled')
    })
    cancel()
    clock.advance(1_000)
  })
  it('lets answers that waited in a socket while the process stood still come first', () => {
    const clock = createFakeClock()
    let missed = 0
    const cancel = startDeadline(clock, 100, () => {
      missed += 1
    })
    // after a stall the timer runs first, and the event loop reads its sockets behind it
    clock.setTimeout(() => clock.setImmediate(cancel), 100)
    clock.advance(60_000)
    expect(missed).toBe(0)
  })
})
