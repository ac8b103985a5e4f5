import type {
  ConnectionCell,
  IssueView,
  PoolView,
  TimelineEntry,
} from '../../src/state/dashboard-state.ts'
import { h, setAttribute, setText } from '../dom/element.ts'
import { createGlyph } from '../dom/glyph.ts'
import { KeyedList } from '../dom/keyed-list.ts'
import type { View } from '../dom/view.ts'
import { createFactList } from '../lists/fact-list.ts'
import { connectionFacts, duelSentence } from '../words/connection-facts.ts'
import { clockTime } from '../words/instants.ts'
import { actionWords, statusWords } from '../words/status-words.ts'
import { createDuelDiagram, createSuspicion, type Suspicion } from './duel-diagram.ts'

/** The connection that is open in the panel: in the pool, or gone from it. */
export interface DetailValue {
  readonly connectionId: number
  readonly pool: PoolView
}

/** What one may do from the panel. */
export interface DetailActions {
  close(): void
  open(connectionId: number): void
  showStory(connectionId: number): void
  /** `undefined` for those who may only look. */
  recycle: ((connectionId: number) => void) | undefined
}

/** Everything that is known of one connection, and why it is judged as it is. */
export class ConnectionDetail implements View<DetailValue> {
  readonly element: HTMLElement
  readonly #glyph = createGlyph()
  readonly #title = h('h2', { id: 'detail-title', tabindex: -1 })
  readonly #status = h('p', { class: 'detail-status' })
  readonly #explanation = h('p', { class: 'explanation' })
  readonly #story = h('ol', { class: 'story' })
  readonly #entries = new KeyedList(this.#story, ({ id }: TimelineEntry) => id, createEntry)
  readonly #judgement: HTMLElement
  readonly #duels = h('p')
  readonly #diagram = createDuelDiagram()
  readonly #suspicions = h('div', { class: 'suspicions' })
  readonly #bars = new KeyedList(this.#suspicions, ({ name }: Suspicion) => name, createSuspicion)
  readonly #advice = h('p')
  readonly #facts = createFactList()
  readonly #recycle = h('button', { type: 'button', class: 'button is-primary' }, 'Recycle')
  readonly #successor = h('button', { type: 'button', class: 'button' })
  readonly #showStory = h('button', { type: 'button', class: 'button' }, 'Timeline')
  #value: DetailValue | undefined
  #successorId: number | null = null

  constructor(actions: DetailActions) {
    const close = h(
      'button',
      { type: 'button', class: 'button is-quiet', 'aria-label': 'Close' },
      '✕',
    )
    this.#judgement = this.#createJudgement()
    this.element = h(
      'section',
      { class: 'card detail', 'aria-labelledby': 'detail-title' },
      h('div', { class: 'card-head' }, this.#glyph.element, this.#title, close),
      this.#status,
      this.#explanation,
      this.#story,
      h('div', { class: 'buttons' }, this.#recycle, this.#successor, this.#showStory),
      this.#judgement,
    )
    close.addEventListener('click', () => actions.close())
    this.#listen(actions)
    if (actions.recycle === undefined) this.#recycle.remove()
  }

  #createJudgement(): HTMLElement {
    return h(
      'div',
      { class: 'judgement' },
      h('h3', {}, 'Compared with the others'),
      this.#duels,
      this.#diagram.element,
      h('h3', {}, 'Suspicion'),
      this.#suspicions,
      h(
        'p',
        { class: 'note' },
        'At 100 % it is a suspect, and is confirmed by asking it and a sound one the same.',
      ),
      h('h3', {}, 'What to do'),
      this.#advice,
      h('h3', {}, 'Facts'),
      this.#facts.element,
    )
  }

  #listen(actions: DetailActions): void {
    this.#recycle.addEventListener('click', () => {
      const isLeaving = this.#recycle.getAttribute('aria-disabled') === 'true'
      if (this.#value !== undefined && !isLeaving) actions.recycle?.(this.#value.connectionId)
    })
    this.#showStory.addEventListener('click', () => {
      if (this.#value !== undefined) actions.showStory(this.#value.connectionId)
    })
    this.#successor.addEventListener('click', () => {
      if (this.#successorId !== null) actions.open(this.#successorId)
    })
  }

  focus(): void {
    this.#title.focus()
  }

  update(value: DetailValue): void {
    const hadFocus = this.element.contains(document.activeElement)
    this.#value = value
    const { connectionId, pool } = value
    const cell = pool.connections.find((other) => other.connectionId === connectionId)
    const told = pool.timeline.filter((entry) => isAbout(entry, connectionId)).slice(0, 5)
    this.#successorId =
      told.find(({ successorId }) => successorId !== null && successorId !== connectionId)
        ?.successorId ?? null
    setText(this.#title, `Connection ${connectionId}`)
    setAttribute(this.#judgement, 'hidden', cell === undefined)
    setAttribute(this.#recycle, 'hidden', cell === undefined)
    const isLeaving = cell?.condemnedFor !== null || cell.state === 'closing'
    setAttribute(this.#recycle, 'aria-disabled', String(isLeaving)) // `disabled` would drop the focus
    setAttribute(this.#successor, 'hidden', this.#successorId === null)
    setText(this.#successor, `Successor ${this.#successorId}`)
    this.#entries.update(cell === undefined ? told : [])
    setAttribute(this.#story, 'hidden', cell !== undefined || told.length === 0)
    if (cell === undefined) this.#showGone()
    else this.#show(cell, pool.issues)
    // the button that had it may be gone with the connection
    if (hadFocus && !hasVisibleFocus(this.element)) this.#title.focus()
  }

  #showGone(): void {
    this.#glyph.update('unknown')
    setText(this.#status, 'Gone')
    setAttribute(this.element, 'data-status', 'unknown')
    setText(this.#explanation, 'It has left the pool.')
  }

  #show(cell: ConnectionCell, issues: readonly IssueView[]): void {
    const { status, score, evidence } = cell
    this.#glyph.update(status)
    setAttribute(this.element, 'data-status', status)
    const points = score === null ? '' : `, ${Math.round(score * 100)} of 100 points`
    const open = issues.filter(
      (issue) => issue.clearedAt === null && issue.connectionId === cell.connectionId,
    ).length
    setText(
      this.#status,
      `${capital(statusWords[status])}${points}${open === 0 ? '' : open === 1 ? ', one open issue' : `, ${open} open issues`}`,
    )
    setText(this.#explanation, cell.explanation)
    setText(this.#duels, duelSentence(cell))
    this.#diagram.update(evidence.duels === 0 ? undefined : evidence.meanScore)
    this.#bars.update([
      { name: 'Is slower', ratio: evidence.shiftSuspicion },
      { name: 'Stalls', ratio: evidence.tailSuspicion },
      { name: 'Fails', ratio: evidence.errorSuspicion },
    ])
    setText(this.#advice, cell.recommendedActions.map((action) => actionWords[action]).join(' '))
    this.#facts.update(connectionFacts(cell))
  }
}

function hasVisibleFocus(element: HTMLElement): boolean {
  const { activeElement } = document
  return element.contains(activeElement) && activeElement?.checkVisibility() === true
}

function isAbout(entry: TimelineEntry, connectionId: number): boolean {
  return entry.connectionId === connectionId
}

function createEntry(entry: TimelineEntry): View<TimelineEntry> {
  const text = h('span')
  return {
    element: h('li', {}, h('time', {}, clockTime(entry.at)), text),
    update: (latest) => setText(text, latest.text),
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
