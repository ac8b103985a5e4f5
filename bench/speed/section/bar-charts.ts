import { drawChart } from '../../proof/chart.ts'
import { formatValue } from '../../report.ts'
import type { Figure } from '../figure.ts'
import { titles } from '../speed-name.ts'
import { type Caption, colourOf, gridWithoutLegend, heading, namesAxis, unitAxis } from './look.ts'

/** One bar for each contender, the longest on top. */
export function drawContenders(figures: readonly Figure[], caption: Caption): string {
  const shown = figures
    .filter(({ who }) => who !== titles['pg-pool again'])
    .toSorted((a, b) => a.value.median - b.value.median)
  const bars = shown.map(({ who, value }) => ({
    value: value.median,
    itemStyle: { color: colourOf(who), borderRadius: [0, 2, 2, 0] },
  }))
  return drawChart(
    {
      title: heading(caption),
      grid: gridWithoutLegend,
      xAxis: { type: 'value', show: false },
      yAxis: namesAxis(shown.map(({ who }) => who)),
      series: [
        {
          type: 'bar',
          barCategoryGap: '28%',
          data: bars,
          label: {
            show: true,
            position: 'right',
            formatter: ({ value }) => formatValue(Number(value)),
          },
        },
      ],
    },
    { height: 100 + 30 * shown.length },
  )
}

/** What one statement costs in pg-pool, and what each part of Hale adds to it or takes from it. */
export function drawOverhead(figures: readonly Figure[], caption: Caption): string {
  const shown = figures.toReversed()
  const bars = shown.map(({ who, value }) => {
    const color = colourOf(who.startsWith('pg-pool') ? titles['pg-pool'] : titles['hale-pg'])
    return { value: value.median, itemStyle: { color } }
  })
  return drawChart(
    {
      title: heading(caption),
      grid: gridWithoutLegend,
      xAxis: unitAxis('µs'),
      yAxis: { ...namesAxis(shown.map(({ who }) => who)), axisLine: { show: true } },
      series: [
        {
          type: 'bar',
          barCategoryGap: '34%',
          data: bars,
          // at the right of what is less than nothing too: at its left are the names
          label: {
            show: true,
            position: 'right',
            formatter: ({ value }) => `${Number(value).toFixed(2)} µs`,
          },
        },
      ],
    },
    { height: 110 + 36 * shown.length },
  )
}
