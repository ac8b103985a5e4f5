import type { Series } from '../../src/state/dashboard-state.ts'
import { h, setAttribute, setText } from '../dom/element.ts'
import type { View } from '../dom/view.ts'
import { duration, integer, significant } from '../words/quantities.ts'
import { Chart } from './chart.ts'
import { thinSeries } from './thin-series.ts'

/** The last hour of a pool in four charts that share their time. */
export class ChartCard implements View<Series> {
  readonly element: HTMLElement
  readonly #span = h('span', { class: 'note' })
  readonly #statements = new Chart(
    'Statements per second',
    [
      { name: 'answered', color: '--accent', isFilled: true },
      { name: 'failed', color: '--unhealthy', isDashed: true },
    ],
    significant,
  )
  readonly #times = new Chart(
    'Statement time',
    [
      { name: '95 % within', color: '--accent' },
      { name: 'mean', color: '--second', isDashed: true },
    ],
    duration,
  )
  readonly #callers = new Chart(
    'In use and waiting',
    [
      { name: 'in use', color: '--accent', isFilled: true, isStepped: true },
      { name: 'waiting', color: '--degraded', isDashed: true, isStepped: true },
    ],
    integer,
  )
  readonly #unhealthy = new Chart(
    'Unhealthy connections',
    [{ name: 'unhealthy', color: '--unhealthy', isFilled: true, isStepped: true }],
    integer,
  )

  readonly #charts = h('div', { class: 'charts' })
  readonly #empty = h('p', { class: 'empty' }, 'Charts begin with the second sample.')

  constructor() {
    this.#charts.append(...this.#all.map(({ element }) => element))
    this.element = h(
      'section',
      { class: 'card', 'aria-labelledby': 'charts-title' },
      h(
        'div',
        { class: 'card-head' },
        h('h2', { id: 'charts-title' }, 'The last hour'),
        this.#span,
      ),
      this.#charts,
      this.#empty,
    )
  }

  update(samples: Series): void {
    const series = thinSeries(samples)
    const { at } = series
    const spanMs = (at.at(-1) ?? 0) - (at[0] ?? 0)
    const isEmpty = at.length < 2
    setText(this.#span, isEmpty ? '' : `${duration(Math.max(10_000, spanMs))} so far`)
    setAttribute(this.#charts, 'hidden', isEmpty)
    setAttribute(this.#empty, 'hidden', !isEmpty)
    this.#statements.update({
      at,
      lines: [
        { name: 'answered', values: series.statementsPerSecond, format: significant },
        { name: 'failed', values: series.failuresPerSecond, format: significant },
      ],
    })
    this.#times.update({
      at,
      lines: [
        { name: '95 % within', values: series.p95Ms, format: duration },
        { name: 'mean', values: series.meanMs, format: duration },
      ],
    })
    this.#callers.update({
      at,
      lines: [
        { name: 'in use', values: series.leased, format: significant },
        { name: 'waiting', values: series.waiting, format: integer },
      ],
    })
    this.#unhealthy.update({
      at,
      lines: [{ name: 'unhealthy', values: series.unhealthy, format: integer }],
    })
  }

  redraw(): void {
    for (const chart of this.#all) chart.redraw()
  }

  get #all(): readonly Chart[] {
    return [this.#statements, this.#times, this.#callers, this.#unhealthy]
  }
}
