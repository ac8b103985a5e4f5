import uPlot from 'uplot'
import { h, setAttribute, setText } from '../dom/element.ts'
import { KeyedList } from '../dom/keyed-list.ts'
import type { View } from '../dom/view.ts'
import { clockMinute, clockTime } from '../words/instants.ts'
import { type Line, lineSummary } from './chart-summary.ts'

/** How a line looks: by a custom property of the style sheet, and dashed to be told apart without colour. */
export interface LineStyle {
  readonly name: string
  readonly color: string
  readonly isDashed?: boolean
  readonly isFilled?: boolean
  /** Drawn as steps: a number of things that holds until it changes. */
  readonly isStepped?: boolean
}

/** The data of a chart, oldest first. */
export interface ChartValue {
  readonly at: readonly number[]
  readonly lines: readonly Line[]
}

const height = 132
const shortestSpanMs = 60_000
/** Below this a minute has several labels. */
const secondsSpanMs = 240_000

/** A line chart of the last hour with its values and a summary in words. */
export class Chart implements View<ChartValue> {
  readonly element: HTMLElement
  readonly #styles: readonly LineStyle[]
  readonly #format: (value: number) => string
  readonly #plotArea = h('div', { class: 'plot', 'aria-hidden': 'true' })
  readonly #legend = h('p', { class: 'chart-legend', 'aria-hidden': 'true' })
  readonly #summary = h('figcaption', { class: 'visually-hidden' })
  readonly #values: KeyedList<LegendValue, string>
  #plot: uPlot | undefined
  #value: ChartValue | undefined

  constructor(title: string, styles: readonly LineStyle[], format: (value: number) => string) {
    this.#styles = styles
    this.#format = format
    this.#values = new KeyedList(this.#legend, ({ name }) => name, createLegendValue)
    this.element = h(
      'figure',
      { class: 'chart' },
      h('div', { class: 'chart-head' }, h('h3', {}, title), this.#legend),
      this.#plotArea,
      this.#summary,
    )
    new ResizeObserver(() => this.#resize()).observe(this.#plotArea)
  }

  update(value: ChartValue): void {
    this.#value = value
    const spanMs = (value.at.at(-1) ?? 0) - (value.at[0] ?? 0)
    setText(this.#summary, value.lines.map((line) => lineSummary(line, spanMs)).join(' '))
    this.#plot?.setData(dataOf(value))
    this.#showValues()
  }

  /** Draws it anew with the colours that hold now. */
  redraw(): void {
    this.#plot?.destroy()
    this.#plot = undefined
    this.#resize()
  }

  #resize(): void {
    const width = Math.floor(this.#plotArea.clientWidth)
    if (width === 0) return
    if (this.#plot === undefined) this.#plot = this.#draw(width)
    else if (this.#plot.width !== width) this.#plot.setSize({ width, height })
  }

  #draw(width: number): uPlot {
    const data = this.#value === undefined ? [[]] : dataOf(this.#value)
    const options = plotOptions(width, this.#styles, this.#format)
    options.hooks = { setCursor: [() => this.#showValues()] }
    return new uPlot(options, data as uPlot.AlignedData, this.#plotArea)
  }

  #showValues(): void {
    const { at = [], lines = [] } = this.#value ?? {}
    const index = this.#plot?.cursor.idx ?? at.length - 1
    const isPast = this.#plot?.cursor.idx != null && index < at.length - 1
    const time = isPast ? clockTime(at[index] ?? 0) : undefined
    const shown = lines.map(({ name, values, format }, line) => {
      const value = values[index] ?? null
      const text = value === null ? '–' : format(value)
      return { name, text, style: this.#styles[line] }
    })
    this.#values.update(
      time === undefined ? shown : [{ name: 'at', text: time, style: undefined }, ...shown],
    )
  }
}

/** Steps of an axis for numbers of things: there is no half of one. */
const wholeSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000]

interface LegendValue {
  readonly name: string
  readonly text: string
  readonly style: LineStyle | undefined
}

function createLegendValue({ name, style }: LegendValue): View<LegendValue> {
  const value = h('span', { class: 'legend-value' })
  const swatch = h('span', { class: `swatch ${style?.isDashed ? 'is-dashed' : ''}` })
  setAttribute(swatch, 'hidden', style === undefined)
  if (style !== undefined) swatch.style.setProperty('--color', `var(${style.color})`)
  return {
    element: h('span', { class: 'legend-item' }, swatch, h('span', {}, name), value),
    update: ({ text }) => setText(value, text),
  }
}

function dataOf({ at, lines }: ChartValue): uPlot.AlignedData {
  return [at as number[], ...lines.map(({ values }) => values as (number | null)[])]
}

function plotOptions(
  width: number,
  styles: readonly LineStyle[],
  format: (value: number) => string,
): uPlot.Options {
  const computed = getComputedStyle(document.documentElement)
  const color = (name: string): string => computed.getPropertyValue(name).trim()
  const font = '11px system-ui, sans-serif'
  const axis = {
    stroke: color('--muted'),
    font,
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  }
  return {
    width,
    height,
    ms: 1,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: 'hale' }, y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { range: (_, min, max) => [Math.min(min, max - shortestSpanMs), max] },
      y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 22,
        gap: 4,
        space: 64,
        values: (plot, at) => at.map(isShort(plot) ? clockTime : clockMinute),
      },
      {
        ...axis,
        size: 52,
        gap: 6,
        space: 36,
        values: (_, values) => values.map(format),
        ...(styles.every(({ isStepped }) => isStepped) ? { incrs: wholeSteps } : {}),
      },
    ],
    series: [{}, ...styles.map((style) => seriesOf(style, color(style.color)))],
  }
}

function isShort({ scales }: uPlot): boolean {
  return (scales['x']?.max ?? 0) - (scales['x']?.min ?? 0) < secondsSpanMs
}

function seriesOf(style: LineStyle, stroke: string): uPlot.Series {
  return {
    stroke,
    width: 1.5,
    points: { show: false },
    ...(style.isDashed ? { dash: [4, 3] } : {}),
    ...(style.isFilled ? { fill: `${stroke}22` } : {}),
    ...(style.isStepped && uPlot.paths.stepped ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
  }
}
