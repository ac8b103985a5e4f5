import type { CustomSeriesOption } from 'echarts'
import type { Spread } from '../../statistics.ts'

const stroke = '#22272e'

/** As wide as `barGap` and `barCategoryGap` leave the bars beside which these stand. */
const gapRatio = 0.1
const categoryGapRatio = 0.36

/** A line from p10 to p90 over each bar of a grouped chart: one row of spreads for each series of bars. */
export function whiskers(rows: readonly (readonly (Spread | undefined)[])[]): CustomSeriesOption {
  const data = rows.flatMap((row, series) =>
    row.flatMap((spread, category) =>
      spread === undefined ? [] : [[category, spread.p10, spread.p90, series]],
    ),
  )
  const count = rows.length
  return {
    type: 'custom',
    silent: true,
    z: 5,
    encode: { x: 0, y: [1, 2] },
    data,
    renderItem: (_params, api) => {
      const [category = 0, p10 = 0, p90 = 0, series = 0] = [0, 1, 2, 3].map((at) =>
        Number(api.value(at)),
      )
      const [middle = 0, low = 0] = api.coord([category, p10])
      const [, high = 0] = api.coord([category, p90])
      const [width = 0] = (api.size?.([1, 0]) ?? []) as number[]
      const barWidth = (width * (1 - categoryGapRatio)) / (count + gapRatio * (count - 1))
      const x = middle + (series - (count - 1) / 2) * barWidth * (1 + gapRatio)
      const line = (x1: number, y1: number, x2: number, y2: number) => ({
        type: 'line' as const,
        shape: { x1, y1, x2, y2 },
        style: { stroke, lineWidth: 1.5 },
      })
      return {
        type: 'group',
        children: [
          line(x, low, x, high),
          line(x - 4, low, x + 4, low),
          line(x - 4, high, x + 4, high),
        ],
      }
    },
  }
}
