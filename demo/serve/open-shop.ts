import { createHealthAwareClient, drizzle } from '@hale/drizzle'
import { HealthAwareDialect } from '@hale/kysely'
import type { HealthAwarePool } from '@hale/pg'
import { startPostgres } from '@hale/testkit'
import { Kysely } from 'kysely'
import { AdminSession } from '../../packages/cli/src/demo/admin-session.ts'
import type { Cleanups } from '../../packages/cli/src/demo/cleanups.ts'
import { demoPoolOptions } from '../../packages/cli/src/demo/demo-pool-options.ts'
import { holderStatements } from '../../packages/cli/src/demo/demo-tables.ts'
import { createFaults } from '../../packages/cli/src/demo/faults/create-faults.ts'
import { WireProxy } from '../../packages/cli/src/demo/proxy/wire-proxy.ts'
import type { ServeDemoOptions } from '../../packages/cli/src/demo/serve-demo.ts'
import { throughProxy } from '../../packages/cli/src/demo/through-proxy.ts'
import { createDrizzleShop } from '../contender/drizzle-shop.ts'
import { createKyselyShop } from '../contender/kysely-shop.ts'
import { drizzleSchema, type Shop } from '../contender/tables.ts'
import { Workload } from '../contender/workload.ts'
import { createShop, dropShop } from '../stage/shop-database.ts'
import { keepShopSmall } from './keep-shop-small.ts'

const about =
  'The shop of the demo runs on two pools, half of its customers through Kysely and half through Drizzle. Press a button, and see in the dashboard how a pool tells what is broken, and what it does about it.'

/** Opens the shop on Hale, each ORM on a pool of its own, and leaves to `cleanups` how it is closed. */
export async function openShop(cleanups: Cleanups): Promise<ServeDemoOptions> {
  const postgres = await startPostgres()
  cleanups.add(() => postgres.stop())
  const { connectionString } = postgres
  const admin = new AdminSession({ connectionString, application_name: 'hale_demo' })
  cleanups.add(() => admin.close())
  const schema = `hale_demo_${process.pid}_served`
  if (!postgres.embedded)
    cleanups.add(async () => dropShop(await admin.client(), schema), `the schema ${schema}`)
  await createShop(await admin.client(), schema)
  const proxy = await WireProxy.start(postgres)
  cleanups.add(() => proxy.close())
  const createPool = (name: string): HealthAwarePool => {
    const config = throughProxy({ connectionString }, proxy, postgres)
    const own = { application_name: `hale_demo_${name}`, options: `-c search_path=${schema}` }
    return createHealthAwareClient(Object.assign(config, demoPoolOptions, own))
  }
  const pools = { kysely: createPool('kysely'), drizzle: createPool('drizzle') }
  const faults = createFaults({
    pools,
    proxy,
    admin,
    statements: holderStatements(`${schema}.products`),
    restart: postgres.embedded ? () => postgres.restart() : undefined,
  })
  const workload = new Workload('served', () => {})
  workload.start([
    createKyselyShop(new Kysely<Shop>({ dialect: new HealthAwareDialect({ pool: pools.kysely }) })),
    createDrizzleShop(drizzle(pools.drizzle, { schema: drizzleSchema })),
  ])
  // together: the server may be down
  cleanups.add(() => Promise.all([workload.stop(), pools.kysely.end(), pools.drizzle.end()]))
  cleanups.add(keepShopSmall(admin, schema))
  cleanups.add(() => faults.putRight())
  return { pools, faults, about }
}
