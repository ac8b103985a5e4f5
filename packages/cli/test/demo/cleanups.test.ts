import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Cleanups } from '../../src/demo/cleanups.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('Cleanups', () => {
  it('undoes the latest first', async () => {
    const cleanups = new Cleanups()
    const undone: number[] = []
    for (const step of [1, 2, 3]) cleanups.add(async () => undone.push(step))
    expect(await cleanups.run()).toEqual([])
    expect(undone).toEqual([3, 2, 1])
  })

  it('goes on after a step that fails, and tells what that leaves', async () => {
    const cleanups = new Cleanups()
    let isUndone = false
    cleanups.add(async () => {
      isUndone = true
    })
    cleanups.add(() => Promise.reject(new Error('no')))
    cleanups.add(() => Promise.reject(new Error('no')), 'a schema')
    expect(await cleanups.run()).toEqual(['a schema'])
    expect(isUndone).toBe(true)
  })

  it('waits for a step that hangs for so long, and goes on', async () => {
    const cleanups = new Cleanups()
    let isUndone = false
    cleanups.add(async () => {
      isUndone = true
    })
    cleanups.add(() => new Promise(() => {}), 'a schema')
    const left = cleanups.run()
    await vi.advanceTimersByTimeAsync(4_999)
    expect(isUndone).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await left).toEqual(['a schema'])
    expect(isUndone).toBe(true)
  })
})
