import { OptionsError } from '@hale/core'
import { describe, expect, it } from 'vitest'
import { HealthAwareConnectionManager, readinessHandler } from '../../src/index.ts'
import { type Reason, standing } from './standing.ts'

const ask = (...given: Parameters<typeof readinessHandler>) =>
  readinessHandler(...given)(new Request('http://app/ready'))

/** Names of the options that are wrong. */
function wrongIn(make: () => unknown): readonly string[] {
  try {
    make()
    return []
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error
    return error.problems.map(({ option }) => option)
  }
}

async function answerOf(response: Response): Promise<readonly [number, unknown]> {
  return [response.status, await response.json()]
}

describe('the readiness of one pool', () => {
  it.each(['ready', 'cold'] as const)('is 200 while it is %s', async (reason) => {
    const body = { ready: true, reason, pools: { default: { ready: true, reason } } }
    expect(await answerOf(ask(standing(reason)))).toEqual([200, body])
  })
  it.each(['closed', 'server-unreachable', 'exhausted'] as const)(
    'is 503 while it is %s',
    async (reason) => {
      const body = { ready: false, reason, pools: { default: { ready: false, reason } } }
      expect(await answerOf(ask(standing(reason)))).toEqual([503, body])
    },
  )
  it('is asked for anew at each request', () => {
    const pool = { reason: 'ready' as Reason, readiness: () => standing(pool.reason).readiness() }
    const handle = readinessHandler(pool)
    expect(handle(new Request('http://app/')).status).toBe(200)
    pool.reason = 'closed'
    expect(handle(new Request('http://app/')).status).toBe(503)
  })
})

describe('the readiness of several pools', () => {
  it('is that of the gravest, whichever comes first', async () => {
    for (const names of [
      ['a', 'b'],
      ['b', 'a'],
    ]) {
      const reasons = { a: 'exhausted', b: 'server-unreachable' } as const
      const pools = Object.fromEntries(
        names.map((name) => [name, standing(reasons[name as 'a' | 'b'])]),
      )
      const [, body] = await answerOf(ask(pools))
      expect(body).toMatchObject({ ready: false, reason: 'server-unreachable' })
    }
  })
  it('names those first that cannot serve, and at most a hundred', async () => {
    const names = Array.from({ length: 150 }, (_, index) => `tenant ${index}`)
    const pools = Object.fromEntries(
      names.map((name, index) => [name, standing(index === 149 ? 'exhausted' : 'ready')]),
    )
    const body = (await ask(pools).json()) as { pools: object; poolsOmitted: number }
    expect(Object.keys(body.pools)).toHaveLength(100)
    expect(Object.keys(body.pools)[0]).toBe('tenant 149')
    expect(body.poolsOmitted).toBe(50)
  })
  it('is what a manager says, which knows whom it needs', async () => {
    await using manager = new HealthAwareConnectionManager({ defaults: { min: 0 } })
    manager.register('primary', {})
    await manager.register('replica', { role: 'replica', min: 0 }).end()
    const [status, body] = await answerOf(ask(manager))
    expect(status).toBe(200)
    expect(body).toMatchObject({ ready: true, pools: { replica: { reason: 'closed' } } })
    await manager.pool('primary').end()
    expect(ask(manager).status).toBe(503)
  })
  it('is that of the gravest of a manager too', async () => {
    await using manager = new HealthAwareConnectionManager({ defaults: { min: 0 } })
    const first = manager.register('first', {})
    const second = manager.register('second', {})
    first.readiness = () => ({ ready: false, reason: 'exhausted' })
    second.readiness = () => ({ ready: false, reason: 'server-unreachable' })
    expect(manager.readiness().reason).toBe('server-unreachable')
    expect(ask(manager, { unreadyFrom: 'server-unreachable' }).status).toBe(503)
  })
})

describe('the options of a readiness handler', () => {
  it('may let milder reasons pass, which the body tells all the same', async () => {
    const options = { unreadyFrom: 'server-unreachable' } as const
    expect(await answerOf(ask(standing('exhausted'), options))).toMatchObject([
      200,
      { ready: true, reason: 'exhausted' },
    ])
    expect(ask(standing('server-unreachable'), options).status).toBe(503)
    expect(ask(standing('closed'), options).status).toBe(503)
    expect(ask(standing('server-unreachable'), { unreadyFrom: 'closed' }).status).toBe(200)
  })
  it('say no while the process stops, before the pool is ended', async () => {
    const stopping = new AbortController()
    const handle = readinessHandler(standing('ready'), { stopping: stopping.signal })
    expect(handle(new Request('http://app/')).status).toBe(200)
    stopping.abort()
    const body = { ready: false, reason: 'stopping' }
    expect(await answerOf(handle(new Request('http://app/')))).toMatchObject([503, body])
  })
  it('say when to come back, in whole seconds', () => {
    const retryAfter = (options?: { retryAfterMs: number | false }) =>
      ask(standing('closed'), options).headers.get('retry-after')
    expect(retryAfter()).toBe('1')
    expect(retryAfter({ retryAfterMs: 1_500 })).toBe('2')
    expect(retryAfter({ retryAfterMs: false })).toBe(null)
    expect(ask(standing('ready')).headers.get('retry-after')).toBe(null)
  })
  it('may leave the pools out of the body', async () => {
    const pools = { acme: standing('ready') }
    expect(await ask(pools, { listPools: false }).json()).toEqual({ ready: true, reason: 'ready' })
  })
  it('are checked, with every problem in one error', () => {
    const options = { unreadyFrom: 'tired', stopping: {}, retryAfterMs: 5, listPool: true }
    expect(wrongIn(() => readinessHandler(standing('ready'), options as never))).toEqual([
      'stopping',
      'unreadyFrom',
      'retryAfterMs',
      'listPool',
    ])
  })
  it('do not take what is no pool', () => {
    const wrong = (pools: unknown) => wrongIn(() => readinessHandler(pools as never))
    expect(wrong({ shop: 'postgres://x' })).toEqual(['pools.shop'])
    expect([undefined, {}, 'postgres://x'].map(wrong)).toEqual([['pools'], ['pools'], ['pools']])
  })
})
