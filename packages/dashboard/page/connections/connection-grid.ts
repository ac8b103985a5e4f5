import type { PoolView } from '../../src/state/dashboard-state.ts'
import { h, setAttribute, setText } from '../dom/element.ts'
import { glyph } from '../dom/glyph.ts'
import { KeyedList } from '../dom/keyed-list.ts'
import type { View } from '../dom/view.ts'
import { duration } from '../words/quantities.ts'
import { type Status, statuses, statusWords } from '../words/status-words.ts'
import { type CellView, createCell } from './connection-cell.ts'
import { RovingFocus } from './roving-focus.ts'
import { type SparkScale, sparkScale } from './sparkline.ts'

/** What the grid shows: a pool, and which of its connections is open in the panel. */
export interface GridValue {
  readonly pool: PoolView
  readonly selected: number | undefined
}

/** Above this a cell leaves out what it does. */
const maxRoomy = 48

/** Every connection as a cell; the legend above counts them by status and filters. */
export class ConnectionGrid implements View<GridValue> {
  readonly element: HTMLElement
  readonly #row = h('div', { role: 'row', class: 'cells-row' })
  readonly #grid = h(
    'div',
    { role: 'grid', class: 'cells', 'aria-label': 'Connections' },
    this.#row,
  )
  readonly #legend = h('div', { class: 'legend', role: 'group', 'aria-label': 'Show only' })
  readonly #note = h('p', { class: 'note' })
  readonly #empty = h('p', { class: 'empty' })
  readonly #cells: KeyedList<CellView, number>
  readonly #counts: KeyedList<Status, Status>
  readonly #focus: RovingFocus
  #only: Status | undefined
  #value: GridValue | undefined

  constructor(onOpen: (connectionId: number) => void) {
    this.element = h(
      'section',
      { class: 'card', 'aria-labelledby': 'connections-title' },
      h(
        'div',
        { class: 'card-head' },
        h('h2', { id: 'connections-title' }, 'Connections'),
        this.#legend,
      ),
      this.#grid,
      this.#empty,
      this.#note,
    )
    this.#cells = new KeyedList(this.#row, ({ cell }) => cell.connectionId, createCell)
    this.#counts = new KeyedList(this.#legend, (status) => status, this.#createCount)
    this.#focus = new RovingFocus(this.#grid, '.cell')
    const open = ({ target }: Event): void => {
      const cell = target instanceof Element ? target.closest<HTMLElement>('.cell') : null
      const id = Number(cell?.dataset['connection'])
      if (cell !== null && Number.isInteger(id)) onOpen(id)
    }
    this.#grid.addEventListener('click', open)
    this.#grid.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return
      event.preventDefault()
      open(event)
    })
  }

  update(value: GridValue): void {
    this.#value = value
    const { pool, selected } = value
    const scale = sparkScale(pool.connections.map(({ latencyMs }) => latencyMs))
    const present = statuses.filter((status) => countOf(pool, status) > 0)
    if (this.#only !== undefined && !present.includes(this.#only)) this.#only = undefined
    this.#counts.update(present)
    const shown = pool.connections.filter(
      ({ status }) => this.#only === undefined || status === this.#only,
    )
    const focused = this.#focus.index()
    this.#cells.update(
      shown.map((cell) => ({ cell, scale, isSelected: cell.connectionId === selected })),
    )
    setAttribute(this.#grid, 'data-density', shown.length > maxRoomy ? 'dense' : 'roomy')
    setAttribute(this.#grid, 'hidden', shown.length === 0)
    setAttribute(this.#empty, 'hidden', shown.length > 0)
    setText(this.#empty, 'No connection is open. The pool opens one when a caller asks.')
    const hasLines = shown.some(({ latencyMs }) => latencyMs.some((ms) => ms !== null))
    setAttribute(this.#note, 'hidden', !hasLines)
    setText(this.#note, noteOn(scale))
    this.#focus.refresh()
    // whoever went through the cells stays among them when theirs is replaced
    if (focused !== -1 && this.#focus.index() === -1) this.#focus.focusAt(focused)
  }

  /** Whether the connection is there to be focused, now that it has the focus. */
  focus(connectionId: number): boolean {
    const cell = this.#cells.element(connectionId)
    cell?.focus()
    return cell !== undefined
  }

  readonly #createCount = (status: Status): View<Status> => {
    const label = h('span')
    const element = h('button', { type: 'button', class: 'chip' }, glyph(status), label)
    element.addEventListener('click', () => {
      this.#only = this.#only === status ? undefined : status
      if (this.#value !== undefined) this.update(this.#value)
    })
    return {
      element,
      update: () => {
        const amount = this.#value === undefined ? 0 : countOf(this.#value.pool, status)
        setText(label, `${amount} ${statusWords[status]}`)
        setAttribute(element, 'aria-pressed', this.#only === status ? 'true' : 'false')
      },
    }
  }
}

function noteOn({ maxMs }: SparkScale): string {
  const lines = `Lines: mean statement time, all on one scale up to ${duration(maxMs)}.`
  return `${lines} Below them: what half of the statements take at most, age and uses.`
}

function countOf({ connections }: PoolView, status: Status): number {
  return connections.filter((cell) => cell.status === status).length
}
