import type { PoolView } from '@hale/dashboard'
import { startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Visit } from './visit.ts'

let postgres: TestPostgres
let visit: Visit

beforeAll(async () => {
  postgres = await startPostgres()
  visit = await Visit.begin([postgres.connectionString])
})
afterAll(async () => {
  await visit?.end()
  await postgres?.stop()
})

describe('hale demo', () => {
  it('names the schema that it works in, and neither the password nor the user of the URL', () => {
    expect(visit.output()).toMatch(/ hale_demo_[0-9a-f]{8}, /)
    expect(visit.output()).not.toContain(postgres.password)
    expect(visit.output()).not.toContain(`${postgres.user}:`)
  })

  it('breaks nothing for whoever does not know the token, or sends it from elsewhere', async () => {
    const kill = { fault: 'kill' }
    const answers = [
      await visit.post('fault', kill, { 'x-hale-token': '' }),
      await visit.post('fault', kill, { 'x-hale-token': 'a'.repeat(43) }),
      await visit.post('fault', kill, { origin: 'http://elsewhere.example' }),
      await visit.post('put-right', {}, { 'x-hale-token': '' }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403])
    expect(await visit.strikes()).toEqual([])
  })

  it('answers to no other name than that of its own machine', async () => {
    for (const path of ['', 'control.js', 'state.json', 'dashboard/', 'dashboard/snapshot.json']) {
      expect(await visit.statusAs('rebound.example', path)).toBe(403)
      expect(await visit.statusAs('localhost', path)).toBe(200)
    }
  })

  it('knows neither faults nor pools that nobody made', async () => {
    const answers = [
      await visit.post('fault', { fault: 'nothing' }),
      await visit.post('fault', { fault: 'kill', pool: '__proto__' }),
      await visit.post('fault', { fault: 'kill', padding: ' '.repeat(5_000) }),
      await visit.post('fault', { fault: 'restart' }), // the server is not the demo's
    ]
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400])
    expect(await visit.strikes()).toEqual([])
  })

  it('evicts what was killed as lost, and what went silent as unresponsive or lost', async () => {
    const killed = await visit.press('kill')
    await visit.untilTold('the loss of what was killed', (pool) => left(pool, killed, 'lost'))
    const frozen = await visit.press('freeze')
    await visit.untilTold('the loss of what went silent', (pool) =>
      left(pool, frozen, 'unresponsive', 'lost'),
    )
    const [latest] = await visit.strikes()
    expect(latest?.seen[0]).toMatch(new RegExp(`^Connection ${frozen} left after `))
  })

  it('tells a transaction that somebody forgot from a connection that is slow', async () => {
    const forgotten = await visit.press('forget')
    const slow = await visit.press('slow')
    await visit.untilTold('the issues of the forgotten one', ({ issues }) =>
      ['idle_in_transaction', 'connection_leak'].every((type) =>
        issues.some((issue) => issue.type === type && issue.connectionId === forgotten),
      ),
    )
    const pool = await visit.untilTold('the end of the slow one', (each) =>
      left(each, slow, 'latency'),
    )
    expect(pool.connections.map(({ connectionId }) => connectionId)).toContain(forgotten)
    await visit.putRight()
  })

  it('shows who waits for a lock, and condemns nobody for that', async () => {
    const before = evictedTotal(await visit.pool())
    const holder = await visit.press('lock')
    const pool = await visit.untilTold('who blocks whom', ({ issues, blocks }) => {
      const isRaised = (type: string): boolean => issues.some((issue) => issue.type === type)
      const isShown = blocks.some((block) => block.holder.connectionId === holder)
      return isRaised('blocking') && isRaised('blocked') && isShown
    })
    expect(evictedTotal(pool)).toBe(before)
    await visit.putRight()
    await visit.untilTold('the end of the lock', ({ blocks }) => blocks.length === 0)
  })

  it('takes each connection that was killed with all others for lost, and serves again', async () => {
    const lost = (await visit.pool()).totals.recycles.lost
    await visit.press('kill-all')
    await waitFor(async () => (await visit.strikes())[0]?.seen.some((line) => /served/.test(line)))
    await visit.untilTold('the losses', ({ totals }) => totals.recycles.lost > lost + 1)
  })

  it('finds the server slow when everything is, and condemns nobody', async () => {
    const before = evictedTotal(await visit.pool())
    await visit.press('slow-all')
    const pool = await visit.untilTold('the slow server', ({ issues }) =>
      issues.some(({ type, clearedAt }) => type === 'server_slow' && clearedAt === null),
    )
    expect(evictedTotal(pool)).toBe(before)
    await visit.putRight()
  })

  it('leaves nothing behind: no page, no schema, no session', async () => {
    expect(await visit.end()).toBe(0)
    await expect(fetch(visit.url)).rejects.toThrow()
    const client = new pg.Client(postgres.connectionString)
    await client.connect()
    try {
      const { rows } = await client.query(
        "select 1 from pg_namespace where nspname ~ '^hale_demo_'",
      )
      expect(rows).toEqual([])
      const sessions = "select 1 from pg_stat_activity where application_name ~ 'hale demo'"
      await waitFor(async () => (await client.query(sessions)).rows.length === 0)
    } finally {
      await client.end()
    }
  })
})

/** Whether the timeline tells that the connection was evicted for one of `causes`. */
function left(pool: PoolView, connectionId: number, ...causes: readonly string[]): boolean {
  return pool.timeline.some(
    (entry) =>
      entry.kind === 'evicted' &&
      entry.connectionId === connectionId &&
      causes.includes(entry.cause ?? ''),
  )
}

/** Connections that were found faulty so far. */
function evictedTotal({ totals: { recycles } }: PoolView): number {
  const { latency, stalls, ageing, unresponsive, lost, faults } = recycles
  return latency + stalls + ageing + unresponsive + lost + faults
}
