import { describe, expect, it } from 'vitest'
import { connectionFacts, duelSentence } from '../../page/words/connection-facts.ts'
import { evidenceRows } from '../../page/words/evidence-rows.ts'
import { addressOf, limitsOf, serverFacts } from '../../page/words/server-sentences.ts'
import { cellOf, slowCell } from './cells.ts'
import { calmPool } from './states.ts'

function plain(text: string | undefined): string | undefined {
  return text?.replaceAll('\u00a0', ' ')
}

describe('the rows of evidence', () => {
  it('name what they hold in words, with units', () => {
    const evidence = {
      idleMs: 194_000,
      backendMemoryBytes: 3 * 2 ** 20,
      lowerRatio: 0.05,
      inHotStandby: true,
    }
    expect(evidenceRows(evidence).map(({ name, value }) => `${name}: ${plain(value)}`)).toEqual([
      'Idle: 3.2 min',
      'Backend memory: 3 MiB',
      'At least: 5 %',
      'In hot standby: yes',
    ])
  })

  it('leave out what is not known, and put lists and what they hold into lines', () => {
    const evidence = {
      othersRatio: undefined,
      blockers: [],
      pids: [4_711, 9],
      waiters: [{ pid: 8, waitingMs: 5 }],
    }
    expect(evidenceRows(evidence).map(({ value }) => plain(value))).toEqual([
      '4711\n9',
      'pid 8, waiting 5 ms',
    ])
  })

  it('tell a ratio above one as times', () => {
    expect(evidenceRows({ ratio: 4.2 })).toEqual([{ name: 'Ratio', value: '4.2×' }])
  })
})

describe('the words on a connection', () => {
  it('say how its duels went, and why there are none', () => {
    expect(plain(duelSentence(slowCell(7)))).toBe(
      'In 214 comparisons with runs of the same statements on 11 other connections it was clearly slower: +2.3 standard deviations on average.',
    )
    const { evidence } = cellOf(1)
    const alone = cellOf(1, { evidence: { ...evidence, peers: 0 } })
    expect(duelSentence(alone)).toBe('There is no other connection to compare it with.')
    const fresh = cellOf(1, { evidence: { ...evidence, duels: 0, meanScore: undefined, peers: 1 } })
    expect(plain(duelSentence(fresh))).toContain('on the other connection yet')
  })

  it('say what its backend waits for, and leave out what is not known', () => {
    const backend = { waitEvent: 'Lock:tuple', blockedByPids: [7], blockedMs: 4_000 }
    const facts = connectionFacts(cellOf(3, { backend }))
    expect(plain(facts.find(({ name }) => name === 'Waits for')?.text)).toBe(
      'Lock:tuple, held by pid 7, for 4 s',
    )
    expect(connectionFacts(cellOf(3, { backend: null })).map(({ name }) => name)).not.toContain(
      'Locks',
    )
  })
})

describe('the words on a server', () => {
  it('are sentences, of what is known only', () => {
    const facts = serverFacts(calmPool()).map(({ name, text }) => `${name}: ${plain(text)}`)
    expect(facts).toContain('Server: PostgreSQL 18.4, a primary, up for 14 days')
    expect(facts).toContain('Replication: 1 standby, the last is 42 ms behind')
    const { server } = calmPool()
    const blind = calmPool(1, {
      server: {
        ...server,
        waits: undefined,
        connections: undefined,
        limits: [{ fact: 'backend memory', reason: 'needs PostgreSQL 14' }],
      },
    })
    expect(serverFacts(blind).map(({ name }) => name)).not.toContain('Active backends')
    expect(limitsOf(blind)).toEqual([{ name: 'backend memory', text: 'needs PostgreSQL 14' }])
  })

  it('tell a socket from a host', () => {
    expect(addressOf({ host: '/run/postgresql', port: 5432, database: 'a' })).toBe(
      '/run/postgresql (socket), a',
    )
    expect(addressOf({ host: 'db', port: 5432, database: null })).toBe('db:5432')
  })
})
