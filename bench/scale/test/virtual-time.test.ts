import { describe, expect, it } from 'vitest'
import { enterVirtualTime } from '../time/virtual-process.ts'
import { VirtualTime } from '../time/virtual-time.ts'

describe('VirtualTime', () => {
  it('runs what is due in order of time, then of creation', async () => {
    const time = new VirtualTime()
    const order: string[] = []
    time.setTimeout(() => order.push('late'), 20)
    time.setTimeout(() => order.push('first'), 10)
    time.setTimeout(() => order.push('second'), 10)
    await time.runUntil(15)
    expect(order).toEqual(['first', 'second'])
    expect(time.now()).toBe(15)
  })
  it('runs many timers in order of time', async () => {
    const time = new VirtualTime()
    const ranAt: number[] = []
    for (let n = 0; n < 500; n++) time.setTimeout(() => ranAt.push(time.now()), (n * 7_919) % 1_000)
    await time.runUntil(1_000)
    expect(ranAt).toHaveLength(500)
    expect(ranAt).toEqual(ranAt.toSorted((a, b) => a - b))
  })
  it('runs no timer that was cleared', async () => {
    const time = new VirtualTime()
    const ran: number[] = []
    const timer = time.setTimeout(() => ran.push(1), 10)
    time.setTimeout(() => ran.push(2), 10)
    time.clearTimeout(timer)
    await time.runUntil(10)
    expect(ran).toEqual([2])
  })
  it('lets promises go on before the next timer where that is wanted', async () => {
    const time = new VirtualTime()
    const order: string[] = []
    const goOn = async (): Promise<void> => {
      for (let n = 0; n < 5; n++) await null
      order.push(`went on at ${time.now()}`)
    }
    time.setTimeout(() => {
      time.wantTurn()
      void goOn()
    }, 1)
    time.setTimeout(() => order.push('timer'), 2)
    await time.runUntil(3)
    expect(order).toEqual(['went on at 1', 'timer'])
  })
})

describe('enterVirtualTime', () => {
  it('has clocks, timers and chance of this thread on virtual time, and puts them back', async () => {
    const real = [
      performance.now,
      Date.now,
      setTimeout,
      setImmediate,
      process.nextTick,
      Math.random,
    ]
    const time = new VirtualTime()
    const leave = enterVirtualTime(time, () => 0.25)
    const seen: unknown[] = []
    try {
      setTimeout((text: string) => seen.push(text, performance.now(), Date.now()), 1_000.5, 'timer')
      process.nextTick((text: string) => seen.push(text, Math.random()), 'tick')
      await time.runUntil(2_000)
    } finally {
      leave()
    }
    expect(seen).toEqual(['tick', 0.25, 'timer', 1_000.5, 1_000])
    const now = [performance.now, Date.now, setTimeout, setImmediate, process.nextTick, Math.random]
    expect(now.every((each, index) => each === real[index])).toBe(true)
  })
})
