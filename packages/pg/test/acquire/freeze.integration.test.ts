import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { waitFor } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { pidOf, setUpProxiedWorld } from '../proxied-world.ts'

const world = setUpProxiedWorld()

function runFrozenProgram(connectionString: string): ChildProcess {
  const program = fileURLToPath(new URL('frozen-program.ts', import.meta.url))
  return fork(program, [connectionString], { execArgv: ['--conditions=@hale/source'] })
}

describe.skipIf(process.platform === 'win32')('a process that was frozen', () => {
  it('lets no deadline pass meanwhile, and blames nobody for it', async () => {
    const child = runFrozenProgram(world.proxy.connectionString(world.server.connectionString))
    await once(child, 'message')
    child.kill('SIGSTOP')
    await world.admin.query('select pg_sleep(3)') // twice the acquire deadline
    child.kill('SIGCONT')
    child.send('go on')
    const [told] = await once(child, 'message')
    expect(told).toMatchObject({ statement: 'answered', waiter: 'served', issues: [] })
    expect(Object.values((told as { evicted: object }).evicted).filter((n) => n > 0)).toEqual([])
    await once(child, 'exit')
  })
})

describe('after a connection died', () => {
  it('verifies the older ones before they are lent, and keeps those that answer', async () => {
    const health = {
      probeIntervalMs: false,
      bypassWindowMs: 600_000,
      sweepIntervalMs: 60_000,
    } as const
    await using pool = world.createPool({ max: 3, health })
    const clients = await Promise.all([pool.connect(), pool.connect(), pool.connect()])
    const [victim, ...others] = clients.map(pidOf)
    for (const client of clients) client.release()
    await world.admin.query('select pg_terminate_backend($1)', [victim])
    await waitFor(() => pool.totalCount === 2)
    expect(world.statements).toEqual([])
    const leases = await Promise.all([pool.connect(), pool.connect()])
    expect(world.statements).toEqual(['', '']) // one empty query each
    expect(leases.map(pidOf).sort()).toEqual(others.sort())
    for (const client of leases) client.release()
    await pool.query('select 1')
    expect(world.statements).toEqual(['', '', 'select 1'])
  })
  it('has the sweep verify what nobody asks for', async () => {
    const health = { probeIntervalMs: false, sweepIntervalMs: 50 } as const
    await using pool = world.createPool({ max: 4, health })
    const clients = await Promise.all(Array.from({ length: 4 }, () => pool.connect()))
    const [victim] = clients.map(pidOf)
    for (const client of clients) client.release()
    await world.admin.query('select pg_terminate_backend($1)', [victim])
    await waitFor(() => world.statements.length === 3)
    await waitFor(() => pool.idleCount === 3)
    expect(world.statements).toEqual(['', '', ''])
  })
})
