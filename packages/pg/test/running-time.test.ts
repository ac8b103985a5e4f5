import { createFakeClock, type FakeClock } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { RunningTime, startDeadline } from '../src/running-time.ts'

/** A process whose stalls are noticed, and what it was told of them. */
function createProcess(): { clock: FakeClock; time: RunningTime; stalls: number[] } {
  const clock = createFakeClock(1_000)
  const time = new RunningTime(clock)
  const stalls: number[] = []
  time.watch((stalledMs) => void stalls.push(stalledMs))
  return { clock, time, stalls }
}

describe('startDeadline', () => {
  it('says once that the time is up', () => {
    const { clock, time } = createProcess()
    let missed = 0
    startDeadline(time, 100, () => {
      missed += 1
    })
    clock.advance(99)
    expect(missed).toBe(0)
    clock.advance(1_000)
    expect(missed).toBe(1)
  })
  it('says nothing once it is cancelled', () => {
    const { clock, time } = createProcess()
    const cancel = startDeadline(time, 100, () => {
      throw new Error('it was cancelled')
    })
    cancel()
    clock.advance(1_000)
  })
  it('lets answers that waited in a socket while the process stood still come first', () => {
    const { clock, time } = createProcess()
    let missed = 0
    const cancel = startDeadline(time, 100, () => {
      missed += 1
    })
    // after a stall the timer runs first, and the event loop reads its sockets behind it
    clock.setTimeout(() => clock.setImmediate(cancel), 100)
    clock.advance(60_000)
    expect(missed).toBe(0)
  })
  it('counts no time in which the process was frozen', () => {
    const { clock, time } = createProcess()
    let missedAt: number | undefined
    startDeadline(time, 1_000, () => {
      missedAt = clock.now()
    })
    clock.advance(250)
    clock.freeze(30_000)
    clock.advance(490) // up to a quarter of a second of a freeze goes unnoticed
    expect(missedAt).toBeUndefined()
    clock.advance(260)
    expect(missedAt).toBeDefined()
  })
})

describe('RunningTime', () => {
  it('tells of a freeze once, less the time until the next look', () => {
    const { clock, time, stalls } = createProcess()
    clock.freeze(30_000)
    clock.advance(5_000)
    expect(stalls).toEqual([29_750])
    expect(time.runningNow()).toBe(clock.now() - 29_750)
  })
  it('does not mind an event loop that is a little late', () => {
    const { clock, stalls } = createProcess()
    for (let n = 0; n < 20; n += 1) {
      clock.freeze(240)
      clock.advance(10)
    }
    expect(stalls).toEqual([])
  })
  it('tells of a jump of the wall clock, which costs nobody time', () => {
    const { clock, time, stalls } = createProcess()
    clock.jump(3_600_000)
    clock.advance(1_000)
    expect(stalls).toEqual([0])
    expect(time.runningNow()).toBe(clock.now())
  })
  it('looks no more once it is stopped', () => {
    const { clock, time } = createProcess()
    time.stop()
    expect(clock.pending).toBe(0)
  })
})
