import uPlot from 'uplot'
import { h, setAttribute, setText } from '../dom/element.ts'
import { KeyedList } from '../dom/keyed-list.ts'
import type { View } from '../dom/view.ts'
import { clockTime } from '../words/instants.ts'
import { type Line, lineSummary } from './chart-summary.ts'
import { plotHeight as height, type LineStyle, plotOptions } from './plot-options.ts'

/** The data of a chart, oldest first. */
export interface ChartValue {
  readonly at: readonly number[]
  readonly lines: readonly Line[]
}

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
