import { OptionsError } from '@hale/core'
import { createFakeClock } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { assembleDashboard } from '../src/create-dashboard.ts'
import { dashboardDefaults, resolveDashboardOptions } from '../src/dashboard-options.ts'
import type { DashboardState } from '../src/index.ts'
import { FakePool } from './fake-pool.ts'

function problemsOf(options: unknown): readonly string[] {
  try {
    resolveDashboardOptions(options)
  } catch (error) {
    if (error instanceof OptionsError) return error.problems.map(({ option }) => option)
    throw error
  }
  return []
}

const authorize = (): boolean => true

describe('resolveDashboardOptions', () => {
  it('has a default for everything but authorize', () => {
    expect(resolveDashboardOptions({ authorize })).toEqual({ ...dashboardDefaults, authorize })
  })
  it('says that authorize is required, and why', () => {
    for (const options of [{}, undefined, null]) {
      expect(problemsOf(options)).toContain('authorize')
      expect(() => resolveDashboardOptions(options)).toThrow(/no default would be right/)
    }
  })
  it('tells every problem at once', () => {
    const options = {
      authorize: 'anybody',
      basePath: 'hale',
      historyMs: 1,
      intervalMs: 100,
      allowRemote: 'yes',
      maxViewers: 1.5,
      authorise: authorize,
    }
    expect(problemsOf(options).toSorted()).toEqual(Object.keys(options).toSorted())
  })
  it('bounds the samples of a pool', () => {
    expect(problemsOf({ authorize, historyMs: 86_400_000, intervalMs: 8_640 })).toEqual([])
    expect(problemsOf({ authorize, historyMs: 86_400_000, intervalMs: 8_000 })).toEqual([
      'historyMs',
    ])
  })
  it('takes paths only for basePath', () => {
    for (const basePath of ['/', '/hale', '/hale/', '/a/b']) {
      expect(problemsOf({ authorize, basePath })).toEqual([])
    }
    for (const basePath of ['', '//evil.example', '/a?b', '/a#b', 'https://x/']) {
      expect(problemsOf({ authorize, basePath })).toEqual(['basePath'])
    }
  })
})

describe('createDashboard', () => {
  it('says what it got where it is no pool, and leaves no timer behind', () => {
    const clock = createFakeClock()
    for (const pools of [null, 'postgres://', { main: {} }]) {
      expect(() => assembleDashboard(pools as never, { authorize }, clock)).toThrow(OptionsError)
    }
    expect(clock.pending).toBe(0)
  })
  it('names a lone pool by where it leads', async () => {
    const clock = createFakeClock()
    const pool = new FakePool(clock)
    using dashboard = assembleDashboard(pool.asPool, { authorize }, clock)
    const request = new Request('http://localhost/snapshot.json')
    const response = await dashboard.fetch(request, { remoteAddress: '127.0.0.1' })
    const { pools } = (await response.json()) as DashboardState
    expect(Object.keys(pools)).toEqual(['db.example:5432/shop'])
  })
})
