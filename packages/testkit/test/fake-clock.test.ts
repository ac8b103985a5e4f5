import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../src/index.ts'

describe('createFakeClock', () => {
  it('starts at the given time and moves only when told to', () => {
    const clock = createFakeClock(500)
    expect(clock.now()).toBe(500)
    clock.advance(20)
    expect(clock.now()).toBe(520)
  })

  it('runs timers in order of time, those of one instant in order of creation', () => {
    const clock = createFakeClock()
    const ran: string[] = []
    clock.setTimeout(() => ran.push('b'), 20)
    clock.setTimeout(() => ran.push('a'), 10)
    clock.setTimeout(() => ran.push('c'), 20)
    clock.advance(20)
    expect(ran).toEqual(['a', 'b', 'c'])
  })

  it('shows a callback the time it was due, not the end of the advance', () => {
    const clock = createFakeClock(1_000)
    const seen: number[] = []
    clock.setTimeout(() => seen.push(clock.now()), 30)
    clock.advance(100)
    expect([...seen, clock.now()]).toEqual([1_030, 1_100])
  })

  it('runs a timer that a timer set, if it is due within the advance', () => {
    const clock = createFakeClock()
    const seen: number[] = []
    clock.setTimeout(() => {
      clock.setTimeout(() => seen.push(clock.now()), 5)
      clock.setTimeout(() => seen.push(clock.now()), 500)
    }, 10)
    clock.advance(100)
    expect(seen).toEqual([15])
    expect(clock.pending).toBe(1)
  })

  it('does not run a timer before its time', () => {
    const clock = createFakeClock()
    const ran: string[] = []
    clock.setTimeout(() => ran.push('late'), 11)
    clock.advance(10)
    expect(ran).toEqual([])
  })

  it('treats a negative or invalid delay as due now', () => {
    const clock = createFakeClock()
    const ran: string[] = []
    clock.setTimeout(() => ran.push('negative'), -5)
    clock.setTimeout(() => ran.push('invalid'), Number.NaN)
    clock.flush()
    expect(ran).toEqual(['negative', 'invalid'])
    expect(clock.now()).toBe(0)
  })

  it('never runs a cleared timer', () => {
    const clock = createFakeClock()
    const ran: string[] = []
    const handle = clock.setTimeout(() => ran.push('cleared'), 10)
    clock.clearTimeout(handle)
    clock.clearTimeout(handle)
    clock.advance(100)
    expect(ran).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('lets a callback clear a timer of the same instant', () => {
    const clock = createFakeClock()
    const ran: string[] = []
    clock.setTimeout(() => clock.clearTimeout(second), 10)
    const second = clock.setTimeout(() => ran.push('second'), 10)
    clock.advance(10)
    expect(ran).toEqual([])
  })

  it('runs immediates after the timers of their instant and before later ones', () => {
    const clock = createFakeClock()
    const ran: string[] = []
    clock.setTimeout(() => ran.push('later'), 1)
    clock.setTimeout(() => {
      ran.push('first')
      clock.setImmediate(() => ran.push(`immediate at ${clock.now()}`))
    }, 0)
    clock.setTimeout(() => ran.push('second'), 0)
    clock.advance(1)
    expect(ran).toEqual(['first', 'second', 'immediate at 0', 'later'])
  })

  it('runs one callback at a time with runNext and says when there is none', () => {
    const clock = createFakeClock()
    const ran: string[] = []
    clock.setTimeout(() => ran.push('timer'), 60_000)
    clock.setImmediate(() => ran.push('immediate'))
    expect(clock.runNext()).toBe(true)
    expect(ran).toEqual(['immediate'])
    expect(clock.runNext()).toBe(true)
    expect(clock.now()).toBe(60_000)
    expect(clock.runNext()).toBe(false)
  })

  it('lets promises settle between callbacks in advanceAsync', async () => {
    const clock = createFakeClock()
    const seen: number[] = []
    const sleep = (ms: number): Promise<void> =>
      new Promise((resolve) => {
        clock.setTimeout(resolve, ms)
      })
    const work = (async () => {
      for (let round = 0; round < 3; round++) {
        await sleep(10)
        seen.push(clock.now())
      }
    })()
    await clock.advanceAsync(30)
    await work
    expect(seen).toEqual([10, 20, 30])
  })

  it('passes on the error of a callback and can go on after it', () => {
    const clock = createFakeClock()
    const ran: string[] = []
    clock.setTimeout(() => {
      throw new Error('broken callback')
    }, 5)
    clock.setTimeout(() => ran.push('next'), 6)
    expect(() => clock.advance(10)).toThrow('broken callback')
    expect(clock.now()).toBe(5)
    clock.advance(5)
    expect(ran).toEqual(['next'])
  })

  it('refuses to go back and to advance within an advance', () => {
    const clock = createFakeClock()
    expect(() => clock.advance(-1)).toThrow(RangeError)
    clock.setTimeout(() => clock.advance(1), 1)
    expect(() => clock.advance(10)).toThrow('the clock is advancing already')
  })

  it('gives handles that chain and remember ref and unref', () => {
    const handle = createFakeClock().setTimeout(() => {}, 10)
    expect(handle.hasRef()).toBe(true)
    expect(handle.unref()).toBe(handle)
    expect(handle.hasRef()).toBe(false)
    expect(handle.ref().hasRef()).toBe(true)
  })
})
