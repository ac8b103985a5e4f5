import type { TitleComponentOption } from 'echarts'
import { chartColours, drawChart } from '../../proof/chart.ts'
import { formatValue } from '../../report.ts'
import { type Figure, figuresOf, type Part } from '../figure.ts'
import { titles } from '../speed-name.ts'
import { whiskers } from './whiskers.ts'

const [hale = '', tracing = '', others = '', noise = ''] = chartColours
const faint = '#e6e8eb'
const grid = { left: 40, right: 72, top: 96, bottom: 24, outerBoundsMode: 'same' } as const

const legend = { top: 60, left: 20, itemGap: 28, itemWidth: 16, itemHeight: 12 } as const

const colourOf: Readonly<Record<string, string>> = {
  [titles['hale-pg']]: hale,
  [titles.opentelemetry]: tracing,
  [titles['pg-pool again']]: noise,
}

function heading(text: string, subtext: string): TitleComponentOption {
  return { text, subtext, left: 24, top: 12, textStyle: { fontSize: 16 }, itemGap: 6 }
}

/** What each costs as a multiple of pg-pool, by the number of callers, with its spread. */
export function drawRatios(
  part: Part,
  measure: string,
  { title, subtitle }: { readonly title: string; readonly subtitle: string },
): string {
  const byCase = figuresOf(part, measure)
  const cases = [...byCase.keys()]
  const whos = [titles['hale-pg'], titles['pg-pool again'], titles.opentelemetry]
  const rows = whos.map((who) =>
    cases.map((name) => byCase.get(name)?.find((each) => each.who === who)),
  )
  return drawChart({
    title: heading(title, subtitle),
    legend: { ...legend, data: whos },
    grid,
    xAxis: { type: 'category', data: cases, axisTick: { show: false } },
    yAxis: {
      type: 'value',
      min: 0,
      axisLabel: { formatter: '×{value}' },
      splitLine: { lineStyle: { color: faint } },
    },
    series: [
      ...whos.map((who, index) => ({
        type: 'bar' as const,
        name: who,
        barGap: '10%',
        barCategoryGap: '36%',
        itemStyle: { color: colourOf[who] ?? others },
        data: (rows[index] ?? []).map((figure) => figure?.ratio?.median ?? null),
        label: {
          show: true,
          position: 'insideBottom' as const,
          color: who === titles['pg-pool again'] ? '#22272e' : '#ffffff',
          fontSize: 12,
          formatter: ({ value }: { readonly value?: unknown }) => Number(value).toFixed(2),
        },
        ...(index === 0 && { markLine: pgPoolLine }),
      })),
      whiskers(rows.map((row) => row.map((figure) => figure?.ratio))),
    ],
  })
}

const pgPoolLine = {
  silent: true,
  symbol: 'none',
  lineStyle: { color: '#22272e', type: 'solid' as const, width: 1 },
  label: { formatter: 'pg-pool', position: 'end' as const, color: '#22272e' },
  data: [{ yAxis: 1 }],
}

/** One bar for each contender, the best on top. */
export function drawContenders(
  figures: readonly Figure[],
  { title, subtitle }: { readonly title: string; readonly subtitle: string },
): string {
  const shown = figures
    .filter(({ who }) => who !== titles['pg-pool again'])
    .toSorted((a, b) => a.value.median - b.value.median)
  return drawChart(
    {
      title: heading(title, subtitle),
      grid: { ...grid, top: 72, right: 88 },
      xAxis: { type: 'value', show: false },
      yAxis: {
        type: 'category',
        data: shown.map(({ who }) => who),
        axisTick: { show: false },
        axisLine: { show: false },
      },
      series: [
        {
          type: 'bar',
          barCategoryGap: '28%',
          data: shown.map(({ who, value }) => ({
            value: value.median,
            itemStyle: { color: contenderColour(who), borderRadius: [0, 2, 2, 0] },
          })),
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

function contenderColour(who: string): string {
  return who.includes(titles['hale-pg']) ? hale : (colourOf[who] ?? others)
}

/** What one statement costs in pg-pool, and what each part of Hale adds to it or takes from it. */
export function drawOverhead(
  figures: readonly Figure[],
  { title, subtitle }: { readonly title: string; readonly subtitle: string },
): string {
  const shown = figures.toReversed()
  return drawChart(
    {
      title: heading(title, subtitle),
      grid: { ...grid, top: 72 },
      xAxis: {
        type: 'value',
        axisLabel: { formatter: '{value} µs' },
        splitLine: { lineStyle: { color: faint } },
      },
      yAxis: {
        type: 'category',
        data: shown.map(({ who }) => who),
        axisTick: { show: false },
        axisLabel: { margin: 12 },
      },
      series: [
        {
          type: 'bar',
          barCategoryGap: '34%',
          data: shown.map(({ who, value }) => ({
            value: value.median,
            itemStyle: { color: who.startsWith('pg-pool') ? others : hale },
          })),
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

/** How long a fresh process takes, one piece after the other, the fastest on top. */
export function drawStart(
  part: Part,
  { title, subtitle }: { readonly title: string; readonly subtitle: string },
): string {
  const pieces = ['loaded', 'first statement', '20 serve']
  const medians = pieces.map((piece) => {
    const [figures = []] = figuresOf(part, piece).values()
    return new Map(figures.map(({ who, value }) => [who, value.median]))
  })
  const last = medians.at(-1) ?? new Map<string, number>()
  const whos = [...last.keys()]
    .filter((who) => who !== titles['pg-pool again'])
    .toSorted((a, b) => (last.get(b) ?? 0) - (last.get(a) ?? 0))
  const shades = [hale, '#5fa98a', '#b5d9c8']
  return drawChart(
    {
      title: heading(title, subtitle),
      legend: { ...legend, data: pieces },
      grid,
      xAxis: {
        type: 'value',
        axisLabel: { formatter: '{value} ms' },
        splitLine: { lineStyle: { color: faint } },
      },
      yAxis: { type: 'category', data: whos, axisTick: { show: false }, axisLine: { show: false } },
      series: pieces.map((piece, index) => ({
        type: 'bar' as const,
        name: piece,
        stack: 'start',
        barCategoryGap: '28%',
        itemStyle: { color: shades[index] ?? others },
        data: whos.map(
          (who) => (medians[index]?.get(who) ?? 0) - (medians[index - 1]?.get(who) ?? 0),
        ),
        ...(index === pieces.length - 1 && {
          label: {
            show: true,
            position: 'right' as const,
            formatter: ({ dataIndex }: { readonly dataIndex: number }) =>
              `${formatValue(last.get(whos[dataIndex] ?? '') ?? Number.NaN)} ms`,
          },
        }),
      })),
    },
    { height: 110 + 30 * whos.length },
  )
}
