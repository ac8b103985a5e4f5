import pg from 'pg'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  isPostgresInstalled,
  postgresVersions,
  startPostgres,
  startStandby,
  type TestPostgres,
  waitFor,
} from '../../src/index.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 }) // the first start of a version may copy 60 MB
afterEach(() => vi.unstubAllEnvs())

const ask = async (postgres: TestPostgres, sql: string): Promise<unknown> => {
  const client = new pg.Client({ connectionString: postgres.connectionString })
  await client.connect()
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' })
    return (rows as unknown[][])[0]?.[0]
  } finally {
    await client.end()
  }
}

describe('startPostgres({ version })', () => {
  // 12 to 14 are not in the lockfile for every platform
  for (const version of postgresVersions) {
    it.skipIf(!isPostgresInstalled(version))(`starts PostgreSQL ${version}`, async () => {
      await using postgres = await startPostgres({ version })
      expect(await ask(postgres, 'show server_version')).toMatch(new RegExp(`^${version}\\.`))
      expect(await ask(postgres, 'show fsync')).toBe('off')
    })
  }

  it.runIf(process.platform === 'linux' && process.arch === 'x64')('has all on Linux', () => {
    expect(postgresVersions.filter((version) => !isPostgresInstalled(version))).toEqual([])
  })

  it('refuses a version that there is not', async () => {
    await expect(startPostgres({ version: 11 as never })).rejects.toThrow(
      'there is no PostgreSQL 11 to start: expected one of 12, 13, 14, 15, 16, 17, 18',
    )
  })

  it('does not take the server that the environment names', async () => {
    vi.stubEnv('TEST_DATABASE_URL', 'postgresql://nobody@127.0.0.1:1/nothing')
    await using postgres = await startPostgres({ version: 18 })
    expect(postgres.embedded).toBe(true)
  })

  it('can have pg_stat_statements', async () => {
    const settings = { shared_preload_libraries: 'pg_stat_statements' }
    await using postgres = await startPostgres({ version: 18, settings })
    await ask(postgres, 'create extension pg_stat_statements')
    expect(await ask(postgres, 'select count(*)::int from pg_stat_statements')).toBeGreaterThan(0)
  })
})

describe('startStandby', () => {
  for (const version of [12, 14, 18] as const) {
    it.skipIf(!isPostgresInstalled(version))(
      `follows a primary of PostgreSQL ${version} until it is promoted`,
      async () => {
        await using primary = await startPostgres({ version })
        await using standby = await startStandby(primary)
        await ask(primary, 'create table streamed as select 1 as one')
        await waitFor(() => ask(standby, 'select one from streamed'))
        await primary.halt('immediate')
        await standby.promote()
        await ask(standby, 'insert into streamed values (2)')
        expect(await ask(standby, 'select count(*)::int from streamed')).toBe(2)
      },
    )
  }
})
