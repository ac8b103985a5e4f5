import type { BarSeriesOption } from 'echarts'
import { drawChart } from '../../proof/chart.ts'
import { type Figure, figuresOf, type Part } from '../figure.ts'
import { titles } from '../speed-name.ts'
import { type Caption, colourOf, grid, heading, ink, legend, timesAxis } from './look.ts'
import { whiskers } from './whiskers.ts'

const drawn = [
  titles['hale-pg'],
  titles['pg-pool again'],
  titles['hale-observed'],
  titles.opentelemetry,
  titles['hale-instruments'],
]

/** What each costs as a multiple of pg-pool, by the number of callers, with its spread. */
export function drawRatios(part: Part, measure: string, caption: Caption): string {
  const byCase = figuresOf(part, measure)
  const cases = [...byCase.keys()]
  const whos = drawn.filter((who) => part.figures.some((figure) => figure.who === who))
  const rows = whos.map((who) =>
    cases.map((name) => byCase.get(name)?.find((each) => each.who === who)),
  )
  const bars = whos.map((who, index) => barsOf(who, rows[index] ?? []))
  return drawChart({
    title: heading(caption),
    legend: { ...legend, data: whos },
    grid,
    xAxis: { type: 'category', data: cases, axisTick: { show: false } },
    yAxis: timesAxis,
    series: [
      ...bars.map((each, index) => (index === 0 ? { ...each, markLine: pgPoolLine } : each)),
      whiskers(rows.map((row) => row.map((figure) => figure?.ratio))),
    ],
  })
}

function barsOf(who: string, row: readonly (Figure | undefined)[]): BarSeriesOption {
  return {
    type: 'bar',
    name: who,
    barGap: '10%',
    barCategoryGap: '36%',
    itemStyle: { color: colourOf(who) },
    data: row.map((figure) => figure?.ratio?.median ?? null),
    label: {
      show: true,
      position: 'insideBottom',
      color: who === titles['pg-pool again'] ? ink : '#ffffff',
      fontSize: 12,
      formatter: ({ value }) => Number(value).toFixed(2),
    },
  }
}

const pgPoolLine: BarSeriesOption['markLine'] & object = {
  silent: true,
  symbol: 'none',
  lineStyle: { color: ink, type: 'solid', width: 1 },
  label: { formatter: 'pg-pool', position: 'end', color: ink },
  data: [{ yAxis: 1 }],
}
