import type { PoolView } from '../../src/state/dashboard-state.ts'
import { h, setAttribute, setText } from '../dom/element.ts'
import { createGlyph } from '../dom/glyph.ts'
import type { View } from '../dom/view.ts'
import { addressOf } from '../words/server-sentences.ts'
import { readinessWords } from '../words/status-words.ts'
import { verdictOf } from '../words/verdict.ts'
import { createReadings } from './readings.ts'

/** A pool by its name. */
export interface NamedPool {
  readonly name: string
  readonly pool: PoolView
}

/** The verdict in a sentence, and the pool's main numbers. */
export function createPoolHeader(controls: HTMLElement): View<NamedPool> {
  const verdict = createVerdict()
  const badges = createBadges()
  const readings = createReadings()
  const side = h('div', { class: 'hero-side' }, badges.element, controls)
  return {
    element: h(
      'section',
      { class: 'card hero', 'aria-labelledby': 'verdict' },
      h('div', { class: 'hero-top' }, verdict.element, side),
      readings.element,
    ),
    update(named) {
      verdict.update(named.pool)
      badges.update(named)
      readings.update(named.pool)
    },
  }
}

function createVerdict(): View<PoolView> {
  const glyph = createGlyph()
  const sentence = h('h1', { id: 'verdict' })
  const remark = h('p', { class: 'remark' })
  const words = h('div', { class: 'verdict-words' }, sentence, remark)
  const element = h('div', { class: 'verdict' }, glyph.element, words)
  return {
    element,
    update(pool) {
      const verdict = verdictOf(pool)
      glyph.update(verdict.status)
      setAttribute(element, 'data-status', verdict.status)
      setText(sentence, `${verdict.sentence}.`)
      setText(remark, verdict.remark ?? '')
      setAttribute(remark, 'hidden', verdict.remark === undefined)
    },
  }
}

function createBadges(): View<NamedPool> {
  const place = h('span', { class: 'place' })
  const readiness = h('span', { class: 'badge' })
  const mode = h('span', { class: 'badge' })
  return {
    element: h('p', { class: 'facts' }, place, readiness, mode),
    update({ name, pool }) {
      const address = addressOf(pool.target)
      setText(place, name === address ? address : `${name} · ${address}`)
      setText(readiness, readinessWords[pool.readiness.reason])
      setAttribute(readiness, 'data-status', pool.readiness.ready ? 'healthy' : 'unhealthy')
      setText(mode, pool.mode === 'enforce' ? 'Verdicts are carried out' : 'Observes only')
      setAttribute(mode, 'data-status', pool.mode === 'enforce' ? undefined : 'degraded')
    },
  }
}
