import { h, setAttribute, setProperty, setText } from '../dom/element.ts'
import type { View } from '../dom/view.ts'
import { signed } from '../words/quantities.ts'
import type { Status } from '../words/status-words.ts'

/** Beyond this many standard deviations a score is shown at the end of the scale. */
const maxScore = 3

/** Where a mean score stands: 0 is like the others, to the right of it is slower. */
export function createDuelDiagram(): View<number | undefined> {
  const mark = h('span', { class: 'scale-mark' })
  const value = h('span', { class: 'scale-value' })
  const scale = h(
    'div',
    { class: 'scale', role: 'img' },
    h('span', { class: 'scale-track' }),
    h('span', { class: 'scale-zero' }),
    mark,
    value,
  )
  const labels = ['faster', 'like the others', 'slower'].map((text) => h('span', {}, text))
  const legend = h('div', { class: 'scale-labels', 'aria-hidden': 'true' }, ...labels)
  const element = h('div', { class: 'duel' }, scale, legend)
  return {
    element,
    update(score) {
      setAttribute(element, 'hidden', score === undefined)
      if (score === undefined) return
      const bounded = Math.max(-maxScore, Math.min(maxScore, score))
      setProperty(scale, '--at', String((bounded + maxScore) / (2 * maxScore)))
      setText(value, signed(score))
      setAttribute(scale, 'data-status', statusOf(score))
      setAttribute(
        scale,
        'aria-label',
        `Mean score ${signed(score)} on a scale where 0 is like the others and more is slower`,
      )
    },
  }
}

function statusOf(score: number): Status {
  if (score > 1) return 'unhealthy'
  return score > 0.5 ? 'degraded' : 'healthy'
}

/** One suspicion on its way to what makes a suspect. */
export interface Suspicion {
  readonly name: string
  readonly ratio: number
}

/** A bar that is full when the connection is a suspect. */
export function createSuspicion({ name }: Suspicion): View<Suspicion> {
  const bar = h('span', { class: 'bar-fill' })
  const value = h('span', { class: 'bar-value' })
  const meter = h(
    'div',
    {
      class: 'bar',
      role: 'meter',
      'aria-label': name,
      'aria-valuemin': 0,
      'aria-valuemax': 100,
    },
    bar,
  )
  const element = h('div', { class: 'suspicion' }, h('span', {}, name), meter, value)
  return {
    element,
    update({ ratio }) {
      const percent = Math.round(Math.min(1, ratio) * 100)
      setProperty(bar, '--share', String(percent / 100))
      setAttribute(meter, 'aria-valuenow', percent)
      setAttribute(meter, 'aria-valuetext', `${percent} % of what makes a suspect`)
      setText(value, `${percent}\u00a0%`)
    },
  }
}
