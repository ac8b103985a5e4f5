import { sql } from 'drizzle-orm'
import { withReplicas } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drizzle } from '../src/index.ts'
import { authors } from './both/drizzle-world.ts'
import {
  createReplicatedWorld,
  expectReadsToFollow,
  type ReplicatedWorld,
} from './both/replicated-world.ts'
import { schema } from './schema.ts'

let world: ReplicatedWorld
beforeAll(async () => {
  world = await createReplicatedWorld()
})
afterAll(() => world?.close())

describe('withReplicas', () => {
  it('reads from the pools of the replicas by turns, and writes to that of the primary', async () => {
    const [left, right] = world.replicas
    const primary = drizzle(world.primary, { schema })
    const replicas = [drizzle(left, { schema }), drizzle(right, { schema })] as const
    let reads = 0
    const db = withReplicas(primary, [...replicas], (all) => {
      reads += 1
      return all[reads % 2] ?? primary
    })
    await db.insert(authors).values({ name: 'ann' })
    await db.transaction(async (tx) => void (await tx.insert(authors).values({ name: 'bea' })))
    await world.untilReplayed()
    const standby = { is: sql<boolean>`pg_is_in_recovery()` }
    expect(await db.select(standby).from(authors)).toEqual([{ is: true }, { is: true }])
    expect(await db.query.authors.findMany({ columns: { name: true } })).toHaveLength(2)
    expect(await db.$primary.select(standby).from(authors).limit(1)).toEqual([{ is: false }])
    const leases = (name: string): unknown => world.manager.pool(name).snapshot().totals.leases
    expect(['primary', 'left', 'right'].map(leases)).toEqual([3, 1, 1])
    await expect((async () => db.$replicas[0]?.delete(authors))()).rejects.toMatchObject({
      cause: { code: '25006' },
    })
  })

  it('reads where the manager says, and from the other replica once one is gone', async () => {
    const { manager, primary: pool, replicas } = world
    const primary = drizzle(pool)
    const [one, two] = [drizzle(replicas[0]), drizzle(replicas[1])]
    const databases = new Map([primary, one, two].map((each) => [each.$client, each]))
    const chosen = (): typeof primary => databases.get(manager.replica()) ?? primary
    const db = withReplicas(primary, [one, two], chosen)
    const standby = { is: sql<boolean>`pg_is_in_recovery()` }
    const read = async (): Promise<unknown> => db.select(standby).from(sql`(select 1) as t`)
    await expectReadsToFollow(world, read)
  })
})
