/**
 * Arrow keys, Home and End among children, of which one is in the order of Tab. `up` and `down` go by what
 * is seen: to the child nearest above or below, however the children wrap.
 */
export class RovingFocus {
  readonly #parent: HTMLElement
  readonly #selector: string

  constructor(parent: HTMLElement, selector: string) {
    this.#parent = parent
    this.#selector = selector
    parent.addEventListener('keydown', (event) => this.#onKey(event))
    parent.addEventListener('focusin', ({ target }) => {
      const child = target instanceof Element ? target.closest<HTMLElement>(selector) : null
      if (child !== null) this.#enter(child)
    })
  }

  /** To be called when children came or went: exactly one stays within reach of Tab. */
  refresh(): void {
    const children = this.#children()
    const reachable = children.filter(({ tabIndex }) => tabIndex === 0)
    if (reachable.length === 1) return
    const [first] = reachable.length > 0 ? reachable : children
    if (first !== undefined) this.#enter(first)
  }

  /** Where the focus is among the children; -1 for elsewhere. */
  index(): number {
    return this.#children().findIndex((child) => child.contains(document.activeElement))
  }

  /** Moves the focus to the child at `index`, or the last one before it. */
  focusAt(index: number): void {
    const children = this.#children()
    const child = children[index] ?? children.at(-1)
    child?.focus({ preventScroll: true })
  }

  #onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    const children = this.#children()
    const from = this.index()
    if (from === -1) return
    const to = target(event.key, from, children)
    if (to === undefined) return
    event.preventDefault()
    to.focus()
  }

  #enter(child: HTMLElement): void {
    for (const other of this.#children()) {
      const tabIndex = other === child ? 0 : -1
      if (other.tabIndex !== tabIndex) other.tabIndex = tabIndex
    }
  }

  #children(): readonly HTMLElement[] {
    return [...this.#parent.querySelectorAll<HTMLElement>(this.#selector)]
  }
}

function target(
  key: string,
  from: number,
  children: readonly HTMLElement[],
): HTMLElement | undefined {
  switch (key) {
    case 'ArrowRight':
      return children[from + 1]
    case 'ArrowLeft':
      return children[from - 1]
    case 'Home':
      return children[0]
    case 'End':
      return children.at(-1)
    case 'ArrowDown':
      return nearest(children, from, children.slice(from + 1))
    case 'ArrowUp':
      return nearest(children, from, children.slice(0, from).reverse())
    default:
      return undefined
  }
}

/** Of the first row of `candidates` that is not the row of `from`, the one nearest to it. */
function nearest(
  children: readonly HTMLElement[],
  from: number,
  candidates: readonly HTMLElement[],
): HTMLElement | undefined {
  const own = children[from]?.getBoundingClientRect()
  if (own === undefined) return undefined
  let found:
    | { readonly element: HTMLElement; readonly top: number; readonly far: number }
    | undefined
  for (const element of candidates) {
    const { top, left } = element.getBoundingClientRect()
    if (Math.abs(top - own.top) < own.height / 2) continue
    if (found !== undefined && Math.abs(top - found.top) > own.height / 2) break
    const far = Math.abs(left - own.left)
    if (found === undefined || far < found.far) found = { element, top, far }
  }
  return found?.element
}
