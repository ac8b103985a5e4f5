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
  const glyph = createGlyph()
  const sentence = h('h1', { id: 'verdict' })
  const remark = h('p', { class: 'remark' })
  const place = h('span', { class: 'place' })
  const readiness = h('span', { class: 'badge' })
  const mode = h('span', { class: 'badge' })
  const readings = createReadings()
  const verdict = h(
    'div',
    { class: 'verdict' },
    glyph.element,
    h('div', { class: 'verdict-words' }, sentence, remark),
  )
  const element = h(
    'section',
    { class: 'card hero', 'aria-labelledby': 'verdict' },
    h(
      'div',
      { class: 'hero-top' },
      verdict,
      h(
        'div',
        { class: 'hero-side' },
        h('p', { class: 'facts' }, place, readiness, mode),
        controls,
      ),
    ),
    readings.element,
  )
  return {
    element,
    update({ name, pool }) {
      const { status, sentence: text, remark: more } = verdictOf(pool)
      glyph.update(status)
      setAttribute(verdict, 'data-status', status)
      setText(sentence, `${text}.`)
      setText(remark, more ?? '')
      setAttribute(remark, 'hidden', more === undefined)
      const address = addressOf(pool.target)
      setText(place, name === address ? address : `${name} · ${address}`)
      setText(readiness, readinessWords[pool.readiness.reason])
      setAttribute(readiness, 'data-status', pool.readiness.ready ? 'healthy' : 'unhealthy')
      setText(mode, pool.mode === 'enforce' ? 'Verdicts are carried out' : 'Observes only')
      setAttribute(mode, 'data-status', pool.mode === 'enforce' ? undefined : 'degraded')
      readings.update(pool)
    },
  }
}
