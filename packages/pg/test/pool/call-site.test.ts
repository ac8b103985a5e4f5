import { runInNewContext } from 'node:vm'
import { createFakeClock } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { CallSite } from '../../src/pool/call-site.ts'
import { CallSiteSampling } from '../../src/pool/call-site-sampling.ts'

const entry = (): CallSite => new CallSite(entry)

describe('CallSite', () => {
  it('names the function and the line of whoever called the entry', () => {
    const leaveOpen = (): CallSite => entry()
    expect(leaveOpen().toString()).toMatch(/^leaveOpen \(.*call-site\.test\.ts:\d+:\d+\)$/)
  })
  it('looks through libraries and Node for the application', () => {
    const options = { filename: '/app/node_modules/some-orm/index.js' }
    const library = runInNewContext('(entry) => entry()', {}, options) as (of: unknown) => CallSite
    expect(library(entry).toString()).toContain('call-site.test.ts')
  })
  it('falls back to the nearest frame where none is the application’s', async () => {
    const site = await new Promise<CallSite>((resolve) => {
      setImmediate((of: () => CallSite) => resolve(of()), entry)
    })
    expect(site.toString()).not.toBe('unknown')
  })
  it('is unknown where the engine gives no stack', () => {
    const { captureStackTrace } = Error
    Error.captureStackTrace = () => {}
    try {
      expect(entry().toString()).toBe('unknown')
    } finally {
      Error.captureStackTrace = captureStackTrace
    }
  })
  it.each([
    ['gives no text', () => [1]],
    [
      'throws',
      () => {
        throw new Error('their own')
      },
    ],
  ])('is unknown where the application’s own format of stacks %s', (_what, format) => {
    const { prepareStackTrace } = Error
    try {
      const site = entry()
      Error.prepareStackTrace = format
      expect(site.toString()).toBe('unknown')
    } finally {
      Error.prepareStackTrace = prepareStackTrace
    }
  })
  it('leaves the application’s stack depth as it was', () => {
    const { stackTraceLimit } = Error
    entry()
    expect(Error.stackTraceLimit).toBe(stackTraceLimit)
  })
})

describe('CallSiteSampling', () => {
  it('notes the first 32 leases, then one of 1,024', () => {
    const sampling = new CallSiteSampling('sampled', createFakeClock())
    const noted: number[] = []
    for (let n = 1; n <= 2_100; n += 1) if (sampling.sample(entry) !== undefined) noted.push(n)
    expect(noted.slice(0, 32)).toEqual(Array.from({ length: 32 }, (_, index) => index + 1))
    expect(noted.slice(32)).toEqual([1_024, 2_048])
  })
  it('notes every one for ten minutes after a leak', () => {
    const clock = createFakeClock()
    const sampling = new CallSiteSampling('sampled', clock)
    expect(sampling.sampleExactly(entry)).toBeUndefined()
    sampling.escalate()
    clock.advance(599_999)
    expect(sampling.sampleExactly(entry)).toBeDefined()
    clock.advance(1)
    expect(sampling.sampleExactly(entry)).toBeUndefined()
  })
  it('notes every one where that is asked for', () => {
    const sampling = new CallSiteSampling('always', createFakeClock())
    for (let n = 0; n < 50; n += 1) expect(sampling.sample(entry)).toBeDefined()
    sampling.escalate()
    expect(sampling.sampleExactly(entry)).toBeDefined()
  })
  it('notes none where it is switched off', () => {
    const sampling = new CallSiteSampling(false, createFakeClock())
    sampling.escalate()
    expect(sampling.sample(entry)).toBeUndefined()
    expect(sampling.sampleExactly(entry)).toBeUndefined()
  })
})
