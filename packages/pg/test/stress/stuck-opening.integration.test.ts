import {
  createFaultProxy,
  endPools,
  type FaultProxy,
  startPostgres,
  type TestPostgres,
  waitFor,
} from '@hale/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { HealthAwarePool } from '../../src/index.ts'
import { settleAll, watchPool } from './stress-world.ts'

const callerCount = 20
/** Of each caller, ms; one opening may take as long, and the server answers within a few. */
const patienceMs = 10_000

let server: TestPostgres
let proxy: FaultProxy
let pool: HealthAwarePool

beforeAll(async () => {
  server = await startPostgres()
})
beforeEach(async () => {
  proxy = await createFaultProxy(server)
  pool = new HealthAwarePool({
    connectionString: proxy.connectionString(server.connectionString),
    max: 10,
    connectionTimeoutMillis: patienceMs,
  })
})
afterEach(async () => {
  proxy.all.restore()
  await endPools([pool])
  await proxy.close()
})
afterAll(() => server?.stop())

/** A caller whose opening goes into a black hole; every other link is sound. */
async function callIntoBlackHole(): Promise<Promise<unknown>[]> {
  proxy.all.freeze()
  const caller = pool.query('select 1')
  const stuck = await waitFor(() => proxy.links[0], { describe: 'an opening' })
  proxy.all.thaw()
  stuck.freeze()
  return [caller]
}

describe('an opening that gets no answer', () => {
  it('keeps no others from theirs, although the server refused one meanwhile', async () => {
    const watch = watchPool(pool)
    const callers = await callIntoBlackHole()
    await proxy.refuse()
    for (let n = 0; n < callerCount; n += 1) callers.push(pool.query('select 1'))
    const isRefused = (): boolean => watch.count('connection:open-failed') > 0
    const settled = settleAll(callers)
    await waitFor(isRefused, { describe: 'a refused opening' })
    await proxy.refuse(false)
    const { errors } = await settled
    expect(errors.map(({ message }) => message)).toEqual([])
  })

  it('is not all that its caller gets', async () => {
    const { errors } = await settleAll(await callIntoBlackHole())
    expect(errors.map(({ message }) => message)).toEqual([])
  })
})
