import { explain } from '@hale/core'
import { waitFor } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { muffled, setUpAbusedWorld, soon, untilIssue } from './abused-world.ts'

const secret = 'zebra7391'
const world = setUpAbusedWorld({ log_statement: 'none', track_activity_query_size: '256' })

/** Lets one session of `writer` and one of the pool meet in a lock; gives what the pool says of the other. */
async function meetInLock(
  holding: string,
  options: { readonly application_name?: string; readonly settings?: string } = {},
) {
  const pool = world.createPool({ ...soon, max: 2 })
  await pool.query('create table if not exists meeting (id int primary key, note text)')
  await pool.query("insert into meeting values (1, '') on conflict do nothing")
  const { application_name, settings } = options
  const stranger = await world.connectStranger({ ...(application_name && { application_name }) })
  if (settings !== undefined) await stranger.query(settings)
  await stranger.query('begin')
  await stranger.query(holding)
  const blocked = muffled(pool.query('update meeting set id = 1'))
  const issue = await untilIssue(pool, 'blocked')
  const explanation = explain(pool.monitor.assess(issue.connectionId ?? 0))
  await stranger.query('rollback')
  await blocked
  return { issue, explanation }
}

describe('a statement', () => {
  it.each([
    ['text', (text: string) => ({ text: `select length('${text}') as length`, values: [] })],
    ['parameter', (text: string) => ({ text: 'select length($1) as length', values: [text] })],
    [
      'comment',
      (text: string) => ({ text: `/* ${text} */ select 10000000 as length`, values: [] }),
    ],
  ])(
    'of 10 MB in a %s runs as any other, and leaves no more than its form',
    async (_what, make) => {
      const pool = world.createPool({ max: 1 })
      const { rows } = await pool.query(make('x'.repeat(10_000_000)))
      expect(rows).toEqual([{ length: 10_000_000 }])
      const { fingerprints } = pool.monitor
      expect(fingerprints.size).toBeLessThan(10)
      expect(JSON.stringify(pool.snapshot()).length).toBeLessThan(20_000)
      expect(pool.totalCount).toBe(1)
    },
  )

  it('that is ever another leaves 1,024 forms at most, and no connection is lost by it', async () => {
    const pool = world.createPool({ max: 2 })
    const run = async (from: number): Promise<void> => {
      for (let index = from; index < from + 2_000; index++) {
        await pool.query(`select ${index} as c${index}`)
      }
    }
    await Promise.all([run(0), run(2_000)])
    expect(pool.monitor.fingerprints.size).toBeLessThanOrEqual(1_024)
    expect(pool.totalCount).toBe(2)
    expect(pool.snapshot().issues).toEqual([])
  })

  it.each([
    ['a NUL', 'select 1\0; drop table nothing'],
    ['escape sequences', 'select 1 as "\u001b[2J\u0007"'],
    ['line breaks', 'select 1 as "x\r\nFATAL:  forged" -- \n, \'x\''],
    ['marks of direction', 'select 1 as "\u202egnp.exe"'],
    ['a script', 'select 1 as "<script>alert(1)</script>"'],
    ['every quote', `select 'it''s', "a""b", $$it's$$, E'\\'' /* ' */ -- "`],
    ['half a surrogate pair', 'select 1 as "\ud83d"'],
    ['nothing', ''],
    ['nothing but semicolons', ';;;;'],
    ['a million brackets', `select ${'('.repeat(1_000_000)}1`],
  ])('with %s costs no more than itself', async (_what, text) => {
    const pool = world.createPool({ max: 1 })
    await muffled(pool.query(text))
    const { rows } = await pool.query('select 2 as two')
    expect(rows).toEqual([{ two: 2 }])
    expect(JSON.stringify(pool.snapshot())).not.toMatch(/\\u00[01]|\\r|\\n|<script|forged/)
  })
})

describe('another session', () => {
  it('does not tell its literals, wherever the server cuts its statement off', async () => {
    for (const length of [150, 220, 222, 224, 226]) {
      const holding = `update meeting set note = '${'é'.repeat(length / 2)}${secret}${'x'.repeat(300)}'`
      const { issue } = await meetInLock(holding)
      expect(issue.evidence.blockers[0]?.statement).toBe('update meeting set note = ?')
      expect(JSON.stringify(issue)).not.toContain(secret)
    }
  })

  it('does not tell its literals where it reads backslashes in its own way', async () => {
    const { issue, explanation } = await meetInLock(
      `update meeting set note = 'it\\'s ${secret}', id = 1`,
      {
        settings: 'set standard_conforming_strings = off; set escape_string_warning = off',
      },
    )
    expect(issue.evidence.blockers[0]?.statement).toBe('update meeting set note = ?…')
    expect(explanation).toContain('with update meeting set note = ?…')
    expect(`${JSON.stringify(issue)}${explanation}`).not.toContain(secret)
  })

  it('writes no lines and no escape sequences by its name or its statement', async () => {
    const name = `\u001b[31mshop\r\n<b>"'\u202e\u009b`
    const { issue, explanation } = await meetInLock(
      'update meeting as "a\u001b[2J\r\nFATAL\u202e" set id = 1',
      {
        application_name: name,
      },
    )
    const [blocker] = issue.evidence.blockers
    expect(blocker?.application).toMatch(/shop/)
    expect(blocker?.statement).toContain('update meeting as "a\ufffd[2J')
    const shown = `${explanation}${blocker?.application}${blocker?.statement}`
    expect(shown).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
  })
})

describe('the pool’s own sessions', () => {
  it('tell nothing of a literal where the server was set to read backslashes as escapes', async () => {
    const pool = world.createPool({ max: 1, options: '-c standard_conforming_strings=off' })
    const { rows } = await pool.query(`select 'it\\'s ${secret}' as note`)
    expect(rows).toEqual([{ note: `it's ${secret}` }])
    const { fingerprints } = pool.monitor
    const labels = Array.from({ length: 1_024 }, (_, slot) => fingerprints.label(slot) ?? '')
    expect(labels).toContain('select ?…')
    expect(labels.join()).not.toContain(secret)
  })

  it('are called what the application says, and nothing in that name becomes a setting', async () => {
    const application_name = `shop'; --"<b>\u001b\r\né`
    const pool = world.createPool({ ...soon, max: 1, application_name })
    await pool.query('select 1')
    const text = 'select application_name as name from pg_stat_activity where application_name ~ $1'
    const { rows } = await waitFor(
      async () => {
        const result = await pool.query(text, ['shop'])
        return result.rowCount === 2 && result
      },
      { describe: 'the pool and its sentinel' },
    )
    for (const { name } of rows) expect(name).toMatch(/shop'; --"<b>/)
  })
})
