import { describe, expect, it } from 'vitest'
import { OpeningPace } from '../../src/pool/opening-pace.ts'
import { createWorld } from './engine-world.ts'
import { clientAt, connecting, refused } from './world-steps.ts'

describe('OpeningPace', () => {
  it('begins with ten at once', () => {
    const pace = new OpeningPace(() => 0)
    expect(pace.permits(0, 9, true)).toBe(true)
    expect(pace.permits(0, 10, true)).toBe(false)
  })
  it('has one more under way after each that succeeded', () => {
    const pace = new OpeningPace(() => 0)
    pace.succeeded()
    pace.succeeded()
    expect(pace.permits(0, 11, true)).toBe(true)
    expect(pace.permits(0, 12, true)).toBe(false)
  })
  it('falls to one at a time, after a pause, when the server refuses', () => {
    const pace = new OpeningPace(() => 0)
    pace.failed(1_000, false)
    expect(pace.permits(1_124, 0, true)).toBe(false)
    expect(pace.permits(1_125, 0, true)).toBe(true)
    expect(pace.permits(1_125, 1, true)).toBe(false)
  })
  it('widens by one for each four that succeed until it is as wide as at first', () => {
    const pace = new OpeningPace(() => 0)
    const succeed = (times: number): void => {
      for (let n = 0; n < times; n += 1) pace.succeeded()
    }
    pace.failed(1_000, false)
    succeed(3)
    expect(pace.permits(2_000, 1, true)).toBe(false)
    succeed(1)
    expect(pace.permits(2_000, 1, true)).toBe(true)
    succeed(32)
    expect(pace.permits(2_000, 9, true)).toBe(true)
    succeed(1)
    expect(pace.permits(2_000, 10, true)).toBe(true)
    expect(pace.permits(2_000, 11, true)).toBe(false)
  })
  it('counts anew what succeeds after a failure', () => {
    const pace = new OpeningPace(() => 0)
    pace.failed(1_000, false)
    for (let n = 0; n < 3; n += 1) pace.succeeded()
    pace.failed(2_000, false)
    pace.succeeded()
    expect(pace.permits(3_000, 1, true)).toBe(false)
  })
  it('keeps its width after a permanent failure, and holds up what nobody asked for alone', () => {
    const pace = new OpeningPace(() => 0)
    pace.failed(1_000, true)
    expect(pace.permits(1_000, 9, true)).toBe(true)
    expect(pace.permits(1_000, 0, false)).toBe(false)
    expect(pace.permits(1_125, 0, false)).toBe(true)
  })
  it('counts attempts that fail together as one', () => {
    const pace = new OpeningPace(() => 1)
    for (let n = 0; n < 10; n += 1) pace.failed(1_000, false)
    expect(pace.failures).toBe(1)
    expect(pace.nextAttemptAt).toBe(1_250)
  })
  it('never pauses for longer than 4 s', () => {
    const pace = new OpeningPace(() => 1)
    let now = 0
    for (let n = 0; n < 20; n += 1) {
      pace.failed(now, false)
      expect(pace.nextAttemptAt - now).toBeLessThanOrEqual(4_000)
      now = pace.nextAttemptAt
    }
    expect(pace.failures).toBe(20)
  })
  it('never pauses for longer than 1 s while another server may take over', () => {
    const pace = new OpeningPace(() => 1)
    for (let now = 0, n = 0; n < 20; n += 1, now = pace.nextAttemptAt) {
      pace.failed(now, false, true)
      expect(pace.nextAttemptAt - now).toBeLessThanOrEqual(1_000)
    }
    pace.failed(pace.nextAttemptAt, false)
    expect(pace.failures).toBe(21)
  })
})

describe('the opening window', () => {
  it('lets a crowd of callers open ten, then two for each that succeeds', () => {
    const world = createWorld({ max: 100 })
    for (let n = 0; n < 50; n += 1) world.acquire()
    expect(connecting(world)).toHaveLength(10)
    clientAt(world, 0).settleConnect()
    expect(connecting(world)).toHaveLength(11)
    clientAt(world, 1).settleConnect()
    expect(connecting(world)).toHaveLength(12)
  })
  it('lets one opening be tried after the server has refused', () => {
    const world = createWorld({ max: 100, connectionTimeoutMillis: 60_000 })
    for (let n = 0; n < 50; n += 1) world.acquire()
    for (const client of connecting(world)) client.settleConnect(refused)
    world.clock.advance(250)
    expect(connecting(world)).toHaveLength(1)
    for (let n = 0; n < 3; n += 1) {
      connecting(world)[0]?.settleConnect()
      expect(connecting(world)).toHaveLength(1)
    }
    connecting(world)[0]?.settleConnect()
    expect(connecting(world)).toHaveLength(2)
  })
})
