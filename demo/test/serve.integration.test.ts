import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { DashboardState } from '@hale/dashboard'
import { waitFor } from '@hale/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const program = new URL('../main.ts', import.meta.url).pathname
let demo: ChildProcess
let output = ''
let url: string

beforeAll(async () => {
  demo = spawn(process.execPath, ['--conditions=@hale/source', program, '--serve'])
  for (const stream of [demo.stdout, demo.stderr])
    stream?.on('data', (chunk) => {
      output += chunk
    })
  url = await waitFor(() => /http:\S+/.exec(output)?.[0], { timeoutMs: 30_000 })
})
afterAll(() => demo.kill('SIGKILL'))

async function readPools(): Promise<DashboardState['pools']> {
  const response = await fetch(new URL('dashboard/snapshot.json', url))
  return ((await response.json()) as DashboardState).pools
}

describe('npm run demo -- --serve', () => {
  it('shows the work of Kysely and of Drizzle, each on a pool of its own', async () => {
    const pools = await waitFor(async () => {
      const pools = await readPools()
      const isAtWork = Object.values(pools).every(({ totals }) => totals.leases > 20)
      return isAtWork ? pools : undefined
    })
    expect(Object.keys(pools)).toEqual(['kysely', 'drizzle'])
  })

  it('breaks the pool that is chosen, and leaves the other alone', async () => {
    const page = await (await fetch(url)).text()
    const token = /name="hale-token" content="([^"]+)"/.exec(page)?.[1] ?? ''
    const { status } = await fetch(new URL('fault', url), {
      method: 'POST',
      headers: { 'x-hale-token': token },
      body: JSON.stringify({ fault: 'kill', pool: 'drizzle' }),
    })
    expect(status).toBe(200)
    const pools = await waitFor(async () => {
      const pools = await readPools()
      return pools['drizzle']?.totals.recycles.lost === 1 ? pools : undefined
    })
    expect(pools['kysely']?.totals.recycles.lost).toBe(0)
  })

  it('ends as asked, and leaves no page', async () => {
    demo.kill('SIGTERM')
    expect(await once(demo, 'exit')).toEqual([0, null])
    await expect(fetch(url)).rejects.toThrow()
    expect(output).not.toContain('could not remove')
  })
})
