import { h, setText } from '../dom/element.ts'
import { KeyedList } from '../dom/keyed-list.ts'
import type { View } from '../dom/view.ts'

interface Fact {
  readonly name: string
  readonly text: string
}

/** Names and values, one below the other. */
export function createFactList(): View<readonly Fact[]> {
  const element = h('dl', { class: 'fact-list' })
  const facts = new KeyedList(element, ({ name }: Fact) => name, createFact)
  return { element, update: (values) => facts.update(values) }
}

function createFact({ name }: Fact): View<Fact> {
  const value = h('dd')
  return {
    element: h('div', {}, h('dt', {}, name), value),
    update: ({ text }) => setText(value, text),
  }
}
