import type { PoolView } from '../../src/state/dashboard-state.ts'
import { h, setAttribute } from '../dom/element.ts'
import type { View } from '../dom/view.ts'
import { list } from '../words/quantities.ts'
import { learningSentences, limitsOf, serverFacts } from '../words/server-sentences.ts'
import { createFactList } from './fact-list.ts'

/** What the server says of itself, what cannot be seen of it, and what past swaps came to. */
export function createServerCard(): View<PoolView> {
  const facts = createFactList()
  const limits = createFactList()
  const unseen = h('div', {}, h('h3', {}, 'What cannot be seen'), limits.element)
  return {
    element: h(
      'section',
      { class: 'card', 'aria-labelledby': 'server-title' },
      h('h2', { id: 'server-title' }, 'Server'),
      facts.element,
      unseen,
    ),
    update(pool) {
      const learned = learningSentences(pool)
      facts.update([
        ...serverFacts(pool),
        ...(learned.length === 0 ? [] : [{ name: 'Swaps', text: `${list(learned)}.` }]),
      ])
      const missing = limitsOf(pool)
      limits.update(missing)
      setAttribute(unseen, 'hidden', missing.length === 0)
    },
  }
}
