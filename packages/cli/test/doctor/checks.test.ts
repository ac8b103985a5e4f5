import { describe, expect, it } from 'vitest'
import { checks, examine } from '../../src/doctor/checks.ts'
import { blocked, findingRows, holder, trip } from './finding-rows.ts'
import { factsWith, soundFacts } from './sound-facts.ts'

describe('the checks', () => {
  it('find nothing in sound facts', () => {
    expect(examine(soundFacts)).toEqual([])
  })
  it.each(findingRows)('find %s as %s, and nothing else', (id, severity, facts) => {
    expect(examine(facts).map((found) => [found.id, found.severity])).toEqual([[id, severity]])
  })
  it('are all shown in the table', () => {
    const known = checks.flatMap(({ finds }) => Object.keys(finds))
    expect(new Set(findingRows.map(([id]) => id))).toEqual(new Set(known))
  })
  it.each([
    ['a round trip of 19.9 ms', factsWith({ network: trip(19.9, 21) })],
    ['a tail of four medians', factsWith({ network: trip(5, 20) })],
    ['one hiccup', factsWith({ network: { roundTrip: trip(1, 90).roundTrip } })],
    ['plain text on loopback', factsWith({ tls: { isOn: false }, network: { isLocal: true } })],
    ['lost clients behind a pooler', factsWith({ settings: { clientCheckIntervalMs: undefined } })],
    ['pools that fit', factsWith({ asked: { max: 20, processes: 3 } })],
    ['a fifth of the connections free', factsWith({ connections: { free: 20 } })],
    ['a version without an end yet', factsWith({ server: { version: 190_000 } })],
  ])('find nothing in %s', (_what, facts) => {
    expect(examine(facts)).toEqual([])
  })
  it('find nothing where nothing could be seen', () => {
    const nothing = factsWith({
      server: undefined,
      settings: undefined,
      connections: undefined,
      sessions: undefined,
      replication: undefined,
    })
    expect(examine(nothing)).toEqual([])
  })
  it('take a session that others wait for more seriously', () => {
    const facts = factsWith({ sessions: { idleInTransaction: [holder], blocked: [blocked(10)] } })
    const found = examine(facts).find(({ id }) => id === 'sessions.idle-in-transaction')
    expect(found).toMatchObject({ severity: 'warning' })
    expect(found?.reason).toContain('others wait for them')
  })
  it('name who waits for whom', () => {
    const [found] = examine(factsWith({ sessions: { blocked: [blocked(5_000)] } }))
    expect(found?.reason).toContain('session 4711 of reports waits for session 12 of forgetful')
    expect(found?.fix).toContain('pg_terminate_backend(12)')
  })
  it('tell the most severe first', () => {
    const facts = factsWith({
      sessions: { blocked: [blocked(60_000)] },
      tls: { isOn: false },
      settings: { lockTimeoutMs: 0 },
    })
    expect(examine(facts).map(({ severity }) => severity)).toEqual(['critical', 'warning', 'info'])
  })
})
