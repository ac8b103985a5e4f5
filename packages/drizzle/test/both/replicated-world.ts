import { HealthAwareConnectionManager, type HealthAwarePool } from '@hale/pg'
import { startPostgres, startStandby, waitFor } from '@hale/testkit'
import pg from 'pg'
import { expect } from 'vitest'

/** A primary with two standbys, each a pool of one manager. */
export interface ReplicatedWorld {
  readonly manager: HealthAwareConnectionManager
  readonly primary: HealthAwarePool
  readonly replicas: readonly [HealthAwarePool, HealthAwarePool]
  /** Resolves when the standbys have replayed what the primary has written. */
  untilReplayed(): Promise<void>
  /** Stops the server of the first replica for good. */
  stopFirstReplica(): Promise<void>
  close(): Promise<void>
}

export async function createReplicatedWorld(): Promise<ReplicatedWorld> {
  const server = await startPostgres()
  const admin = new pg.Client(server.connectionString)
  await admin.connect()
  await admin.query('create table author (id serial primary key, name text not null unique)')
  await admin.query('create table book (id serial primary key, title text, author_id int)')
  const standbys = [await startStandby(server), await startStandby(server)]
  const manager = new HealthAwareConnectionManager()
  const register = (name: string, connectionString: string): HealthAwarePool =>
    manager.register(name, {
      connectionString,
      max: 2,
      role: name === 'primary' ? 'primary' : 'replica',
    })
  const [left, right] = standbys.map(({ connectionString }) => connectionString)
  return {
    manager,
    primary: register('primary', server.connectionString),
    replicas: [register('left', left ?? ''), register('right', right ?? '')],
    async untilReplayed() {
      const behind = `select from pg_stat_replication
        where replay_lsn is null or replay_lsn < pg_current_wal_insert_lsn()`
      const followers = 'select from pg_stat_replication'
      await waitFor(async () => {
        const { rowCount } = await admin.query(followers)
        return rowCount === 2 && (await admin.query(behind)).rowCount === 0
      })
    },
    stopFirstReplica: async () => standbys.shift()?.stop(),
    async close() {
      await manager.close()
      await admin.end()
      for (const standby of standbys) await standby.stop()
      await server.stop()
    },
  }
}

/** Expects that `read` asks a standby, and the other one once the first is gone. */
export async function expectReadsToFollow(
  { manager, primary, replicas, stopFirstReplica }: ReplicatedWorld,
  read: () => Promise<unknown>,
): Promise<void> {
  await waitFor(() => manager.replica() !== primary)
  expect(await read()).toEqual([{ is: true }])
  await stopFirstReplica()
  await waitFor(() => manager.replica() === replicas[1])
  expect(await read()).toEqual([{ is: true }])
  expect(manager.replica()).toBe(replicas[1])
}
