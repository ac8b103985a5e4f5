import { HealthAwarePool, type HealthAwarePoolOptions } from '@hale/pg'
import { describe, expect, it } from 'vitest'
import type { DatabaseFacts } from '../../src/doctor/facts/database-facts.ts'
import { type RecommendedOption, recommendOptions } from '../../src/doctor/recommend-options.ts'
import { showSnippet } from '../../src/doctor/show-snippet.ts'
import { factsWith, soundFacts } from './sound-facts.ts'

function recommendedValue(
  option: string,
  facts: DatabaseFacts,
): RecommendedOption['value'] | undefined {
  return recommendOptions(facts).find((one) => one.option === option)?.value
}

describe('recommendOptions', () => {
  it.each([
    ['what usually is enough', 10, factsWith({})],
    ['what was asked for, as it fits', 40, factsWith({ asked: { max: 40 } })],
    ['three quarters of what is free, less two', 63, factsWith({ asked: { max: 80 } })],
    ['a share for each process', 6, factsWith({ asked: { processes: 8 } })],
    ['one at least', 1, factsWith({ connections: { free: 0 } })],
    ['what is left of the limit of the role', 5, factsWith({ connections: { roleLimit: 15 } })],
    [
      'what was asked for, as nothing is known',
      40,
      factsWith({ asked: { max: 40 }, connections: undefined }),
    ],
  ])('a max of %s', (_what, max, facts) => {
    expect(recommendedValue('max', facts)).toBe(max)
  })
  it('more warm connections where opening takes long', () => {
    expect(recommendedValue('min', soundFacts)).toBe(1)
    expect(recommendedValue('min', factsWith({ network: { connectMs: 80 } }))).toBe(3)
  })
  it('an idle time below that of the server', () => {
    expect(recommendedValue('idleTimeoutMillis', soundFacts)).toBe(30_000)
    const settings = { idleSessionTimeoutMs: 20_000 }
    expect(recommendedValue('idleTimeoutMillis', factsWith({ settings }))).toBe(10_000)
  })
  it('a deadline that opening fits in, though not for ever', () => {
    expect(recommendedValue('connectionTimeoutMillis', soundFacts)).toBe(5_000)
    const slow = (connectMs: number) => factsWith({ network: { connectMs } })
    expect(recommendedValue('connectionTimeoutMillis', slow(600))).toBe(12_000)
    expect(recommendedValue('connectionTimeoutMillis', slow(10_000))).toBe(30_000)
  })
  it('shorter lives where there is more than one server', () => {
    const several = factsWith({ replication: { standbys: 1 } })
    expect(recommendedValue('recycling.maxLifetimeMs', several)).toBe(600_000)
    expect(recommendedValue('targetSessionAttrs', several)).toBe('read-write')
  })
  it('nothing warm and a bound of time behind a pooler', () => {
    const pooled = factsWith({ pooler: { name: 'pgbouncer', mode: 'transaction' } })
    expect(recommendedValue('min', pooled)).toBe(0)
    const crowded = { ...pooled, connections: factsWith({ connections: { free: 0 } }).connections }
    expect(recommendedValue('max', crowded)).toBe(10)
    expect(recommendedValue('query_timeout', pooled)).toBe(35_000)
  })
  it.each([
    ['sound facts', soundFacts],
    ['a pooler', factsWith({ pooler: { name: 'unknown', mode: undefined } })],
    ['a standby', factsWith({ server: { role: 'standby' } })],
    ['hardly any room', factsWith({ connections: { free: 1 } })],
    ['a short idle time', factsWith({ settings: { idleSessionTimeoutMs: 1 } })],
  ])('what a pool takes, from %s', async (_what, facts) => {
    const pool = new HealthAwarePool(toOptions(recommendOptions(facts)))
    await pool.end()
  })
})

describe('showSnippet', () => {
  it('nests options, groups digits and quotes texts', () => {
    const lines = showSnippet([
      { option: 'max', value: 5, reason: 'a' },
      { option: 'recycling.maxLifetimeMs', value: 1_800_000, reason: 'b' },
      { option: 'targetSessionAttrs', value: 'read-write', reason: 'c' },
    ])
    expect(lines.map((line) => line.replace(/ +\/\//, ' //'))).toEqual([
      'const pool = new HealthAwarePool({',
      '  connectionString: process.env.DATABASE_URL,',
      '  max: 5, // a',
      '  recycling: { maxLifetimeMs: 1_800_000 }, // b',
      "  targetSessionAttrs: 'read-write', // c",
      '})',
    ])
  })
})

function toOptions(recommended: readonly RecommendedOption[]): HealthAwarePoolOptions {
  const options: Record<string, unknown> = { host: '127.0.0.1', port: 1 }
  for (const { option, value } of recommended) {
    const [first = '', inner] = option.split('.')
    options[first] = inner === undefined ? value : { [inner]: value }
  }
  return options
}
