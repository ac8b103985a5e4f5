import type { ConnectionCell } from '../../src/state/dashboard-state.ts'
import { h, setAttribute, setText } from '../dom/element.ts'
import { createGlyph } from '../dom/glyph.ts'
import type { View } from '../dom/view.ts'
import { compact, duration, age as toAge } from '../words/quantities.ts'
import { stateWords, statusWords } from '../words/status-words.ts'
import { createSparkline, type SparkScale } from './sparkline.ts'

/** A cell as the grid shows it. */
export interface CellView {
  readonly cell: ConnectionCell
  readonly scale: SparkScale
  readonly isSelected: boolean
}

/** One connection in the grid. Read aloud it is a sentence: what is told by shape and place is said too. */
export function createCell(): View<CellView> {
  const glyph = createGlyph()
  const spark = createSparkline()
  const name = h('span', { class: 'cell-name' })
  const status = h('span', { class: 'visually-hidden' })
  const state = h('span', { class: 'cell-state' })
  const doing = h('span', { class: 'cell-doing' })
  const latency = h('span', { class: 'cell-latency' })
  const age = h('span')
  const uses = h('span', { class: 'cell-uses' })
  const wear = h('span', { class: 'cell-wear' }, age, unseen(' old'), uses, unseen(' uses'))
  const element = h(
    'div',
    { class: 'cell', role: 'gridcell', tabindex: -1 },
    h('span', { class: 'cell-head' }, glyph.element, unseen('Connection '), name, status, state),
    spark.element,
    unseen(', '),
    doing,
    h('span', { class: 'cell-foot' }, unseen(', half within '), latency, unseen(', '), wear),
  )
  return {
    element,
    update({ cell, scale, isSelected }) {
      glyph.update(cell.status)
      spark.update({ latencyMs: cell.latencyMs, scale })
      setText(name, String(cell.connectionId))
      setText(status, `, ${statusWords[cell.status]}, `)
      setText(state, cell.condemnedFor === null ? stateWords[cell.state] : 'condemned')
      setText(doing, doingOf(cell))
      setText(latency, cell.p50Ms === null ? '–' : duration(cell.p50Ms))
      setText(age, toAge(cell.ageMs))
      setText(uses, ` · ${compact(cell.uses)}×`)
      setAttribute(element, 'class', `cell is-${cell.status}`)
      setAttribute(element, 'aria-selected', isSelected ? 'true' : 'false')
      setAttribute(element, 'data-connection', cell.connectionId)
    },
  }
}

/** What it does now, or did last. */
function doingOf(cell: ConnectionCell): string {
  const { state, operation, leasedMs, backend, probeMs } = cell
  const ran = operation == null ? '' : `${operation.kind} ${operation.queryId}`
  const probed = probeMs === null ? '' : `probed in ${duration(probeMs)}`
  if (state !== 'leased') return ran === '' ? probed : `last: ${ran}`
  const held = leasedMs === null ? '' : toAge(leasedMs)
  const wait = backend?.waitEvent?.startsWith('Lock:') ? 'waits for a lock' : ''
  const what = wait || ran || backend?.state || 'held'
  return held === '' ? what : `${what}, ${held}`
}

function unseen(text: string): HTMLElement {
  return h('span', { class: 'visually-hidden' }, text)
}
