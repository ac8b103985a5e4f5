import type { TimelineEntry } from '../../src/state/dashboard-state.ts'
import { h, setAttribute, setText } from '../dom/element.ts'
import { createGlyph } from '../dom/glyph.ts'
import { KeyedList } from '../dom/keyed-list.ts'
import type { View } from '../dom/view.ts'
import { clockTime } from '../words/instants.ts'
import { eventWords, severityStatus } from '../words/status-words.ts'

const fewEntries = 25

/** What became of connections, in sentences, the latest first; on request of one connection only. */
export class Timeline implements View<readonly TimelineEntry[]> {
  readonly element: HTMLElement
  readonly #list = h('ol', { class: 'timeline' })
  readonly #entries: KeyedList<TimelineEntry, number>
  readonly #filter = h('select', { id: 'timeline-filter' })
  readonly #options = new KeyedList(this.#filter, (id: number) => id, createOption)
  readonly #empty = h('p', { class: 'empty' })
  readonly #more = h('button', { type: 'button', class: 'button' })
  readonly #title = h('h2', { id: 'timeline-title', tabindex: -1 }, 'Timeline')
  #all: readonly TimelineEntry[] = []
  #only: number | undefined
  #isLong = false

  constructor(onOpen: (connectionId: number) => void) {
    this.#entries = new KeyedList(
      this.#list,
      ({ id }) => id,
      () => createEntry(onOpen),
    )
    this.element = h(
      'section',
      { class: 'card', 'aria-labelledby': 'timeline-title' },
      h(
        'div',
        { class: 'card-head' },
        this.#title,
        h('label', { for: 'timeline-filter', class: 'visually-hidden' }, 'Of which connection'),
        this.#filter,
      ),
      this.#list,
      this.#empty,
      this.#more,
    )
    this.#filter.addEventListener('change', () => {
      this.#only = this.#filter.value === '-1' ? undefined : Number(this.#filter.value)
      this.update(this.#all)
    })
    this.#more.addEventListener('click', () => {
      this.#isLong = !this.#isLong
      this.update(this.#all)
    })
  }

  /** Shows the story of one connection and goes there; `undefined` for all of them. */
  showOnly(connectionId: number | undefined): void {
    this.#only = connectionId
    this.update(this.#all)
    if (connectionId === undefined) return
    this.element.scrollIntoView({ block: 'nearest' })
    this.#title.focus({ preventScroll: true })
  }

  update(entries: readonly TimelineEntry[]): void {
    this.#all = entries
    const found =
      this.#only === undefined ? entries : entries.filter((entry) => isAbout(entry, this.#only))
    this.#entries.update(this.#isLong ? found : found.slice(0, fewEntries))
    const ids = new Set(entries.flatMap(({ connectionId }) => connectionId ?? []))
    if (this.#only !== undefined) ids.add(this.#only)
    this.#options.update([-1, ...[...ids].sort((a, b) => a - b)])
    const value = String(this.#only ?? -1)
    if (this.#filter.value !== value) this.#filter.value = value
    setAttribute(this.#list, 'hidden', found.length === 0)
    setAttribute(this.#empty, 'hidden', found.length > 0)
    setText(
      this.#empty,
      this.#only === undefined
        ? 'Nothing happened yet. Connections that come, go or are replaced are told of here.'
        : `Nothing is known to have happened to connection ${this.#only}.`,
    )
    setAttribute(this.#more, 'hidden', found.length <= fewEntries)
    setText(this.#more, this.#isLong ? 'Show fewer' : `Show all ${found.length}`)
  }
}

function isAbout(entry: TimelineEntry, connectionId: number | undefined): boolean {
  return entry.connectionId === connectionId || entry.successorId === connectionId
}

function createOption(id: number): View<number, HTMLOptionElement> {
  const element = h('option', { value: id }, id === -1 ? 'All connections' : `Connection ${id}`)
  return { element, update: () => undefined }
}

function createEntry(onOpen: (connectionId: number) => void): View<TimelineEntry> {
  const glyph = createGlyph()
  const time = h('time')
  const kind = h('strong')
  const text = h('span', { class: 'entry-text' })
  const own = createLink(onOpen)
  const successor = createLink(onOpen)
  const arrow = h('span', { 'aria-hidden': 'true' }, '→')
  const links = h('span', { class: 'entry-links' }, own.element, arrow, successor.element)
  return {
    element: h(
      'li',
      {},
      time,
      glyph.element,
      h('div', {}, h('p', { class: 'entry-head' }, kind, links), text),
    ),
    update(entry) {
      glyph.update(severityStatus[entry.severity])
      setText(time, clockTime(entry.at))
      setText(kind, eventWords[entry.kind])
      setText(text, entry.text)
      own.update(entry.connectionId)
      successor.update(entry.successorId)
      setAttribute(arrow, 'hidden', entry.connectionId === null || entry.successorId === null)
    },
  }
}

function createLink(onOpen: (connectionId: number) => void): View<number | null> {
  const element = h('button', { type: 'button', class: 'link' })
  let connectionId: number | null = null
  element.addEventListener('click', () => {
    if (connectionId !== null) onOpen(connectionId)
  })
  return {
    element,
    update(id) {
      connectionId = id
      setAttribute(element, 'hidden', id === null)
      setText(element, `Connection ${id}`)
    },
  }
}
