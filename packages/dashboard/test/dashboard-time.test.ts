import { createFakeClock } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { repeat } from '../src/dashboard-time.ts'

describe('repeat', () => {
  it('goes on after an error, which ends nothing, until it is stopped', () => {
    const clock = createFakeClock()
    let calls = 0
    const stop = repeat(clock, 1_000, () => {
      calls += 1
      throw new Error('never seen')
    })
    clock.advance(3_500)
    expect(calls).toBe(3)
    stop()
    clock.advance(10_000)
    expect(calls).toBe(3)
    expect(clock.pending).toBe(0)
  })
})
