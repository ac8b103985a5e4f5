import { OptionsError } from '@hale/core'
import { describe, expect, it } from 'vitest'
import { watchLiveOptions } from '../src/live-options.ts'
import type { EngineOptions } from '../src/pool/engine-ports.ts'

function createOptions(): { options: EngineOptions; changes: number[] } {
  const options: EngineOptions = {
    max: 10,
    min: 2,
    connectionTimeoutMillis: 0,
    idleTimeoutMillis: null,
    maxUses: Number.POSITIVE_INFINITY,
    allowExitOnIdle: false,
  }
  const changes: number[] = []
  watchLiveOptions(options, () => void changes.push(options.max))
  return { options, changes }
}

describe('live options', () => {
  it('are in force before anybody is told of the change', () => {
    const { options, changes } = createOptions()
    options.max = 3
    expect(changes).toEqual([3])
  })
  it('refuse what the constructor would refuse, and stay as they were', () => {
    const { options, changes } = createOptions()
    for (const wrong of [0, -1, 1.5, Number.NaN, '7', null, undefined]) {
      expect(() => {
        options.max = wrong as number
      }).toThrow(OptionsError)
    }
    expect(() => {
      options.min = -1
    }).toThrow('min')
    expect(options).toMatchObject({ max: 10, min: 2 })
    expect(changes).toEqual([])
  })
  it('may have no minimum at all', () => {
    const { options } = createOptions()
    options.min = 0
    expect(options.min).toBe(0)
  })
  it('are copied like any others', () => {
    const { options } = createOptions()
    expect({ ...options }).toMatchObject({ max: 10, min: 2 })
  })
})
