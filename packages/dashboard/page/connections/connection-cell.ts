import type { ConnectionCell } from '../../src/state/dashboard-state.ts'
import { h, setAttribute, setText } from '../dom/element.ts'
import { createGlyph } from '../dom/glyph.ts'
import type { View } from '../dom/view.ts'
import { age as toAge, compact, count, duration } from '../words/quantities.ts'
import { stateWords, statusWords } from '../words/status-words.ts'
import { createSparkline, type SparkScale } from './sparkline.ts'

/** A cell as the grid shows it. */
export interface CellView {
  readonly cell: ConnectionCell
  readonly scale: SparkScale
  readonly isSelected: boolean
}

/** One connection in the grid. Its name says all that it shows. */
export function createCell(): View<CellView> {
  const glyph = createGlyph()
  const spark = createSparkline()
  const name = h('span', { class: 'cell-name' })
  const state = h('span', { class: 'cell-state' })
  const doing = h('span', { class: 'cell-doing' })
  const latency = h('span', { class: 'cell-latency' })
  const age = h('span')
  const uses = h('span', { class: 'cell-uses' })
  const element = h(
    'div',
    { class: 'cell', role: 'gridcell', tabindex: -1 },
    h('span', { class: 'cell-head' }, glyph.element, name, state),
    spark.element,
    doing,
    h('span', { class: 'cell-foot' }, latency, h('span', { class: 'cell-wear' }, age, uses)),
  )
  return {
    element,
    update({ cell, scale, isSelected }) {
      glyph.update(cell.status)
      spark.update({ latencyMs: cell.latencyMs, scale })
      setText(name, String(cell.connectionId))
      setText(state, cell.condemnedFor === null ? stateWords[cell.state] : 'condemned')
      setText(doing, doingOf(cell))
      setText(latency, latencyOf(cell))
      setText(age, toAge(cell.ageMs))
      setText(uses, ` · ${compact(cell.uses)}×`)
      setAttribute(element, 'class', `cell is-${cell.status}`)
      setAttribute(element, 'aria-selected', isSelected ? 'true' : 'false')
      setAttribute(element, 'aria-label', labelOf(cell))
      setAttribute(element, 'data-connection', cell.connectionId)
    },
  }
}

/** What it does now, or did last. */
export function doingOf(cell: ConnectionCell): string {
  const { state, operation, leasedMs, backend, probeMs } = cell
  const ran = operation == null ? '' : `${operation.kind} ${operation.queryId}`
  const probed = probeMs === null ? '' : `probed in ${duration(probeMs)}`
  if (state !== 'leased') return ran === '' ? probed : `last: ${ran}`
  const held = leasedMs === null ? '' : toAge(leasedMs)
  const wait = backend?.waitEvent?.startsWith('Lock:') ? 'waits for a lock' : ''
  const what = wait || ran || backend?.state || 'held'
  return held === '' ? what : `${what}, ${held}`
}

function latencyOf({ p50Ms }: ConnectionCell): string {
  return p50Ms === null ? '–' : duration(p50Ms)
}

function labelOf(cell: ConnectionCell): string {
  const told = [
    `Connection ${cell.connectionId}`,
    statusWords[cell.status],
    stateWords[cell.state],
    doingOf(cell),
    cell.p50Ms === null ? '' : `half of its statements within ${duration(cell.p50Ms)}`,
    `${toAge(cell.ageMs)} old`,
    count(cell.uses, 'use'),
  ]
  if (cell.condemnedFor !== null) told.push(`condemned for ${cell.condemnedFor}`)
  return told.filter((part) => part !== '').join(', ')
}
