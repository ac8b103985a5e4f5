import { describe, expect, it } from 'vitest'
import { IssueLog } from '../../src/issues/issue-log.ts'
import { judgeStatistics, type TableStatistics } from '../../src/issues/stale-statistics.ts'
import { createWorld } from '../world.ts'

function table(modifiedRows: number, liveRows: number, name = 'orders'): TableStatistics {
  return { schema: 'public', table: name, modifiedRows, liveRows, analyzedAgoMs: 60_000 }
}

/** Whether the issue is open after each look. */
function looks(...each: readonly (readonly TableStatistics[])[]): string {
  const log = new IssueLog()
  const seen = each.map((tables, now) => {
    const verdict = judgeStatistics(tables, log.get('stale_statistics', undefined))
    if (verdict === 'over') log.clear('stale_statistics', undefined, now)
    else if (verdict !== undefined) log.sight(verdict, undefined, now)
    const open = log.get('stale_statistics', undefined)
    return open?.type === 'stale_statistics' ? open.evidence.worstTable : '-'
  })
  return seen.join(' ')
}

describe('stale_statistics', () => {
  it('takes 10,000 changed rows and half of the table', () => {
    expect(looks([table(9_999, 10)])).toBe('-')
    expect(looks([table(10_000, 20_000)])).toBe('public.orders')
    expect(looks([table(10_000, 20_001)])).toBe('-')
    expect(looks([table(1e9, 2e9)])).toBe('public.orders')
  })

  it('ends below a quarter of the table, or when it was analysed', () => {
    const stale = [table(50_000, 100_000)]
    expect(looks(stale, [table(50_000, 200_000)], [table(50_000, 200_001)])).toBe(
      'public.orders public.orders -',
    )
    expect(looks(stale, [table(0, 100_000)])).toBe('public.orders -')
    expect(looks(stale, [])).toBe('public.orders -')
  })

  it('goes on for the table that raised it, and not for another one that never was that bad', () => {
    const other = table(30_000, 100_000, 'lines')
    expect(looks([table(50_000, 100_000), other], [table(0, 100_000), other])).toBe(
      'public.orders -',
    )
  })

  it('counts the tables and names the worst', () => {
    const tables = [table(20_000, 30_000, 'a'), table(90_000, 9, 'b'), table(5, 5, 'c')]
    expect(judgeStatistics(tables, undefined)).toEqual({
      type: 'stale_statistics',
      scope: 'server',
      severity: 'info',
      evidence: {
        tables: 2,
        worstTable: 'public.b',
        modifiedRows: 90_000,
        liveRows: 9,
        analyzedAgoMs: 60_000,
      },
    })
  })

  it('is nothing without numbers, and never over what is not open', () => {
    expect(judgeStatistics([table(Number.NaN, 1), table(1e6, Number.NaN)], undefined)).toBe(
      undefined,
    )
    expect(judgeStatistics([], undefined)).toBeUndefined()
  })

  it('bounds the name', () => {
    const verdict = judgeStatistics([table(1e6, 1, 'x'.repeat(500))], undefined)
    expect(verdict).toMatchObject({ evidence: { worstTable: expect.stringMatching(/^.{127}$/) } })
    expect(
      looks([table(1e6, 1, 'x'.repeat(500))], [table(6_000, 1, 'x'.repeat(500))]),
    ).not.toContain('-')
  })

  it('leaves every connection as healthy as it was', () => {
    const world = createWorld()
    world.open(1)
    for (let run = 0; run < 20; run++) world.monitor.metricsOf(1)?.recordQuery(1)
    const verdict = judgeStatistics([table(1e6, 1)], undefined)
    if (verdict !== undefined && verdict !== 'over') world.monitor.sight(verdict)
    world.sweep()
    expect(world.monitor.openIssues()).toHaveLength(1)
    expect(world.monitor.assess(1).status).toBe('healthy')
  })
})
