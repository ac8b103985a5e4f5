import { createFaultProxy, waitFor } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { HealthAwarePool } from '../../src/index.ts'
import { setUpProxiedWorld } from '../proxied-world.ts'

const world = setUpProxiedWorld()
const MiB = 1_048_576
/** Everything comes faster than by default, so that the tests do. */
const health = { memoryIntervalMs: 100, sweepIntervalMs: 50, probeIntervalMs: 100 } as const

/** Leaves so many plans in the backend, of some 6 KiB each. */
function fatten(plans: number): string {
  return `do $$ begin for i in 1..${plans} loop
    execute format('prepare plan_%s as select %s, $1::int', i, i);
  end loop; end $$`
}

async function backendOf(pool: HealthAwarePool): Promise<number | undefined> {
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid
}

function memoryOf(pool: HealthAwarePool): number | undefined {
  return pool.snapshot().connections[0]?.metrics.server?.backendMemoryBytes
}

describe('the memory that a backend keeps', () => {
  it('is known, and an issue where it is too much', async () => {
    const thresholds = { backendMemoryBytes: { warning: 16 * MiB, critical: false } } as const
    await using pool = world.createPool({ max: 1, health: { ...health, thresholds } })
    await pool.query('select 1')
    await waitFor(() => (memoryOf(pool) ?? 0) > MiB / 2)
    expect(pool.snapshot().issues).toEqual([])
    await pool.query(fatten(5_000))
    await waitFor(() => pool.snapshot().issues.some(({ type }) => type === 'resource_usage'))
    expect(memoryOf(pool)).toBeGreaterThan(16 * MiB)
    expect((await pool.query('show statement_timeout')).rows).toEqual([{ statement_timeout: '0' }])
  })
  it('costs the connection past its limit, and its successor is lean', async () => {
    const recycling = { maxBackendMemoryBytes: 16 * MiB }
    await using pool = world.createPool({ max: 1, min: 1, health, recycling })
    const causes: string[] = []
    pool.monitor.on('connection:retired', ({ cause }) => void causes.push(cause))
    await pool.query(fatten(5_000))
    const before = await backendOf(pool)
    await waitFor(() => causes.length > 0)
    expect(await backendOf(pool)).not.toBe(before)
    await waitFor(() => memoryOf(pool) !== undefined)
    expect(memoryOf(pool)).toBeLessThan(16 * MiB)
    expect(causes).toEqual(['memory'])
  })
  it('is asked for once, without being refused, of a role that may not know it', async () => {
    await world.admin.query('create role stranger')
    await using pool = world.createPool({ max: 1, options: '-c role=stranger', health })
    await pool.query('select 1')
    const asked = (): number => world.statements.filter((text) => text.includes('memory')).length
    await waitFor(() => asked() > 0)
    const sweeps = { count: 0 }
    pool.monitor.on('sweep:finished', () => {
      sweeps.count += 1
    })
    await waitFor(() => sweeps.count > 12)
    expect(asked()).toBe(1)
    expect(world.statements.filter((text) => text.includes('total_bytes'))).toEqual([])
    const [connection] = pool.snapshot().connections
    expect(connection?.metrics.faultsByScopeTotal).toMatchObject({ statement: 0, connection: 0 })
  })
  it('delays nobody by more than the one question', async () => {
    const statements: string[] = []
    let meanwhile: Promise<unknown> | undefined
    const proxy = await createFaultProxy(world.server, {
      onStatement: (_link, text) => {
        statements.push(text)
        if (text.includes('total_bytes')) meanwhile ??= pool.query('select 42')
      },
    })
    const connectionString = proxy.connectionString(world.server.connectionString)
    const pool = new HealthAwarePool({ connectionString, max: 1, health })
    await pool.query('select 1')
    await waitFor(() => meanwhile)
    await meanwhile
    const question = statements.findIndex((text) => text.includes('total_bytes'))
    expect(statements[question + 1]).toBe('select 42')
    await pool.end()
    await proxy.close()
  })
})
