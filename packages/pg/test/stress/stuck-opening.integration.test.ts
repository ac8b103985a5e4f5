import { createFaultProxy, endPools, startPostgres, waitFor } from '@hale/testkit'
import { expect, it } from 'vitest'
import { HealthAwarePool } from '../../src/index.ts'
import { settleAll, watchPool } from './stress-world.ts'

const callerCount = 20
/** Of each caller, ms; one opening may take as long, and the server answers within a few. */
const patienceMs = 10_000

it('opens connections for those who wait while one opening gets no answer', async () => {
  await using server = await startPostgres()
  await using proxy = await createFaultProxy(server)
  const pool = new HealthAwarePool({
    connectionString: proxy.connectionString(server.connectionString),
    max: 10,
    connectionTimeoutMillis: patienceMs,
  })
  const watch = watchPool(pool)
  proxy.all.freeze()
  const first = pool.query('select 1')
  const stuck = await waitFor(() => proxy.links[0], { describe: 'an opening' })
  proxy.all.thaw()
  stuck.freeze() // this link alone stays black
  await proxy.refuse()
  const others = Array.from({ length: callerCount }, () => pool.query('select 1'))
  const isRefused = (): boolean => watch.count('connection:open-failed') > 0
  await waitFor(isRefused, { describe: 'a refused opening' })
  await proxy.refuse(false)

  const { errors } = await settleAll([first, ...others])
  expect(errors.map(({ message }) => message)).toEqual([])
  stuck.thaw()
  await endPools([pool])
})
