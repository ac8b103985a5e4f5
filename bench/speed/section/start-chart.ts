import type { BarSeriesOption } from 'echarts'
import { drawChart } from '../../proof/chart.ts'
import { formatValue } from '../../report.ts'
import { figuresOf, type Part } from '../figure.ts'
import { titles } from '../speed-name.ts'
import { type Caption, colourOf, grid, heading, legend, namesAxis, unitAxis } from './look.ts'

/** In the order in which they come; each number counts from the beginning. */
const pieces = ['loaded', 'first statement', '20 serve']
const shades = [colourOf(titles['hale-pg']), '#5fa98a', '#b5d9c8']

type Medians = ReadonlyMap<string, number>

/** How long a fresh process takes, one piece after the other, the fastest on top. */
export function drawStart(part: Part, caption: Caption): string {
  const medians = pieces.map((piece): Medians => {
    const [figures = []] = figuresOf(part, piece).values()
    return new Map(figures.map(({ who, value }) => [who, value.median]))
  })
  const all = medians.at(-1) ?? new Map()
  const whos = [...all.keys()]
    .filter((who) => who !== titles['pg-pool again'])
    .toSorted((a, b) => (all.get(b) ?? 0) - (all.get(a) ?? 0))
  const series = pieces.map((_, index) => barsOf(index, whos, medians))
  const last = series.at(-1)
  return drawChart(
    {
      title: heading(caption),
      legend: { ...legend, data: pieces },
      grid,
      xAxis: unitAxis('ms'),
      yAxis: namesAxis(whos),
      series: [...series.slice(0, -1), { ...last, label: labelOf(whos, all) }] as BarSeriesOption[],
    },
    { height: 110 + 30 * whos.length },
  )
}

/** What this piece took after the one before. */
function barsOf(
  index: number,
  whos: readonly string[],
  medians: readonly Medians[],
): BarSeriesOption {
  const at = (piece: number, who: string): number => medians[piece]?.get(who) ?? 0
  return {
    type: 'bar',
    name: pieces[index] ?? '',
    stack: 'start',
    barCategoryGap: '28%',
    itemStyle: { color: shades[index] ?? '' },
    data: whos.map((who) => at(index, who) - at(index - 1, who)),
  }
}

function labelOf(whos: readonly string[], all: Medians): BarSeriesOption['label'] {
  return {
    show: true,
    position: 'right',
    formatter: ({ dataIndex }) => `${formatValue(all.get(whos[dataIndex] ?? '') ?? Number.NaN)} ms`,
  }
}
