import type { FaultLink, StatementCounts } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { LinkWork } from '../link-work.ts'

/** A link as its wire tells of it at one instant: a real one would be past it by the time of the look. */
function createLink() {
  const statements: StatementCounts = { query: 0, parse: 0, bind: 0, execute: 0 }
  const facts = { isBusy: false, closed: false, transactionStatus: 'I', statements }
  const link = facts as unknown as FaultLink
  const work = new LinkWork()
  return {
    facts,
    link,
    work,
    /** A simple query, not answered yet. */
    query: (text: string) => {
      statements.query += 1
      facts.isBusy = true
      work.note(link, text)
    },
    /** A statement in the extended protocol, not answered yet; without a text it was prepared before. */
    execute: (text?: string) => {
      facts.isBusy = true
      if (text !== undefined) {
        statements.parse += 1
        work.note(link, text)
      }
      statements.bind += 1
      statements.execute += 1
    },
    answer: () => {
      facts.isBusy = false
    },
  }
}

describe('LinkWork', () => {
  it('has a statement of a caller under way until it is answered', () => {
    const { link, work, query, answer } = createLink()
    query('select note from things where id = 1')
    expect(work.isUnderWay(link)).toBe(true)
    answer()
    expect(work.isUnderWay(link)).toBe(false)
  })

  it('takes no probe and no question of a watcher for work', () => {
    const { link, work, query, answer } = createLink()
    query('')
    expect(work.isUnderWay(link)).toBe(false)
    answer()
    query('select pid, state from pg_stat_activity')
    expect(work.isUnderWay(link)).toBe(false)
  })

  it('knows a statement that was prepared before, although its text is not sent again', () => {
    const { link, work, query, execute, answer } = createLink()
    execute('select * from planned')
    answer()
    query('') // a probe, the latest text
    answer()
    execute()
    expect(work.isUnderWay(link)).toBe(true)
  })

  it('takes a watcher’s own prepared statement for none', () => {
    const { link, work, execute } = createLink()
    execute('select pg_backend_pid()')
    expect(work.isUnderWay(link)).toBe(false)
  })

  it('has a transaction under way while it is idle', () => {
    const { facts, link, work } = createLink()
    facts.transactionStatus = 'T'
    expect(work.isUnderWay(link)).toBe(true)
  })

  it('names the open links that callers used', () => {
    const { link, work, query, facts } = createLink()
    expect(work.lastUsed([link])).toEqual([])
    query('select note from things where id = 1')
    expect(work.lastUsed([link])).toEqual([link])
    facts.closed = true
    expect(work.lastUsed([link])).toEqual([])
  })
})
