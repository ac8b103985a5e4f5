import { describe, expect, it } from 'vitest'
import { lineSummary } from '../../page/charts/chart-summary.ts'
import { thinSeries } from '../../page/charts/thin-series.ts'
import { sparkPath, sparkScale } from '../../page/connections/sparkline.ts'
import { startedAt } from './started-at.ts'
import { seriesOf } from './states.ts'

describe('a sparkline', () => {
  const scale = { medianMs: 1, maxMs: 100 }

  it('ends at the right, has gaps where nothing ran, and shows a lone point', () => {
    expect(sparkPath([1, 1, null, 100], scale)).toBe('M94.9 19.7h0L96.6 19.7M100 1h0')
  })

  it('stays within its height for whatever is within the scale', () => {
    const found = sparkScale([[0, 5, null], [900]])
    const heights = [...sparkPath([0, 5, 900], found).matchAll(/ ([\d.]+)/g)].map(([, y]) =>
      Number(y),
    )
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...heights)).toBeLessThanOrEqual(24)
  })

  it('has nothing to draw where nothing ran', () => {
    expect(sparkPath([null, null], sparkScale([[null]]))).toBe('')
  })
})

describe('a thinned series', () => {
  it('has a few hundred columns and ends with the latest sample as it is', () => {
    const series = seriesOf(startedAt, 1_800)
    const thin = thinSeries(series)
    expect(thin.at.length).toBeLessThanOrEqual(242)
    expect(thin.at.at(-1)).toBe(startedAt)
    expect(thin.statementsPerSecond.at(-1)).toBe(series.statementsPerSecond.at(-1))
  })

  it('loses no caller that waited and no connection that was unhealthy', () => {
    const series = seriesOf(startedAt, 1_800)
    const thin = thinSeries(series)
    expect(Math.max(...thin.waiting)).toBe(Math.max(...series.waiting))
    expect(Math.max(...thin.unhealthy)).toBe(1)
  })

  it('keeps the columns that it had when another sample comes', () => {
    const long = seriesOf(startedAt, 1_800)
    const before = thinSeries(cut(long, 1_790))
    const after = thinSeries(cut(long, 1_800))
    expect(after.leased.slice(0, 100)).toEqual(before.leased.slice(0, 100))
  })
})

describe('the summary of a line', () => {
  const format = (value: number): string => `${value} ms`

  it('tells what is now and between which bounds it was', () => {
    const line = { name: 'mean', values: [3, null, 1, 2], format }
    expect(lineSummary(line, 600_000)).toBe(
      'mean: 2 ms now, between 1 ms and 3 ms in the last 10\u00a0min.',
    )
  })

  it('says so when nothing ran', () => {
    expect(lineSummary({ name: 'mean', values: [null], format }, 0)).toBe('mean: nothing yet.')
  })
})

function cut(series: ReturnType<typeof seriesOf>, length: number): ReturnType<typeof seriesOf> {
  return Object.fromEntries(
    Object.entries(series).map(([name, values]) => [name, values.slice(0, length)]),
  ) as unknown as ReturnType<typeof seriesOf>
}
