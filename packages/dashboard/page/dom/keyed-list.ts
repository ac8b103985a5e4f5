import type { View } from './view.ts'

/**
 * Children of `parent`, one per item, in their order. A child stays the same element for as long as its key
 * is there, and is moved only where the order asks for it: so focus, selection and scrolling survive.
 */
export class KeyedList<Item, Key, E extends Element = HTMLElement> {
  readonly #parent: Element
  readonly #keyOf: (item: Item) => Key
  readonly #create: (item: Item) => View<Item, E>
  readonly #views = new Map<Key, View<Item, E>>()

  constructor(parent: Element, keyOf: (item: Item) => Key, create: (item: Item) => View<Item, E>) {
    this.#parent = parent
    this.#keyOf = keyOf
    this.#create = create
  }

  update(items: readonly Item[]): void {
    const keys = new Set(items.map(this.#keyOf))
    for (const [key, view] of this.#views) {
      if (keys.has(key)) continue
      view.element.remove()
      this.#views.delete(key)
    }
    let next = this.#parent.firstElementChild
    for (const item of items) {
      const { element } = this.#viewOf(item)
      if (element === next) next = next.nextElementSibling
      else this.#parent.insertBefore(element, next)
    }
  }

  element(key: Key): E | undefined {
    return this.#views.get(key)?.element
  }

  #viewOf(item: Item): View<Item, E> {
    const key = this.#keyOf(item)
    let view = this.#views.get(key)
    if (view === undefined) {
      view = this.#create(item)
      this.#views.set(key, view)
    }
    view.update(item)
    return view
  }
}
