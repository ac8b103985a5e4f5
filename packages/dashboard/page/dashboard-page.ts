import type { OperatorAction } from '../src/state/dashboard-state.ts'
import type { LiveState } from '../src/state/live-state.ts'
import { ChartCard } from './charts/chart-card.ts'
import { ConnectionDetail } from './connections/connection-detail.ts'
import { ConnectionGrid } from './connections/connection-grid.ts'
import { h, setAttribute, setText } from './dom/element.ts'
import type { FeedListener } from './feed/live-feed.ts'
import { isOperator, requestAction } from './feed/operator.ts'
import { createBlockTree } from './lists/block-tree.ts'
import { createIssueList } from './lists/issue-list.ts'
import { createServerCard } from './lists/server-card.ts'
import { Timeline } from './lists/timeline.ts'
import { createPoolControls } from './pool/pool-controls.ts'
import { createPoolHeader, type NamedPool } from './pool/pool-header.ts'
import { createPoolPicker } from './pool/pool-picker.ts'
import { createThemeToggle } from './theme.ts'
import { clockTime } from './words/instants.ts'
import { verdictOf } from './words/verdict.ts'

/** For so long what came of an action is shown; long enough to be read twice. */
const outcomeMs = 15_000

/** Where the panel lies over the rest, as in style/detail.css. */
const narrow = matchMedia('(max-width: 67.99rem)')

/** The whole page: which pool and which connection are shown, and all parts brought up to date. */
export class DashboardPage implements FeedListener {
  readonly #alert = h('div', { class: 'alert', role: 'alert', hidden: true })
  readonly #outcome = h('div', { class: 'outcome', role: 'status', 'aria-live': 'polite' })
  /** Says aloud when the verdict changes its colour, and not each time that a number in it does. */
  readonly #spoken = h('div', { class: 'visually-hidden', role: 'status' })
  readonly #updated = h('span', { class: 'updated' }, 'Waiting for the first sample …')
  readonly #pool = h('main', { id: 'pool', tabindex: -1 })
  readonly #side = h('div', { class: 'side' })
  readonly #picker = createPoolPicker((name) => this.#pick(name))
  readonly #controls = createPoolControls((action) => void this.#act(action))
  readonly #header = createPoolHeader(this.#controls.element)
  readonly #grid = new ConnectionGrid((id) => this.#open(id))
  readonly #charts = new ChartCard()
  readonly #timeline = new Timeline((id) => this.#open(id))
  readonly #issues = createIssueList((id) => this.#open(id))
  readonly #blocks = createBlockTree((id) => this.#open(id))
  readonly #server = createServerCard()
  readonly #detail: ConnectionDetail
  #state: LiveState | undefined
  #outcomeTimer: ReturnType<typeof setTimeout> | undefined
  #name = nameInAddress()
  #connectionId: number | undefined

  constructor(root: HTMLElement) {
    this.#detail = new ConnectionDetail({
      close: () => this.#close(),
      open: (id) => this.#open(id),
      showStory: (id) => this.#showStory(id),
      recycle: isOperator
        ? (connectionId) => void this.#act({ pool: this.#name, verb: 'recycle', connectionId })
        : undefined,
    })
    if (!isOperator) this.#controls.element.remove()
    this.#fillPool()
    root.replaceChildren(this.#alert, this.#banner(), this.#pool, this.#outcome, this.#spoken)
    document.addEventListener('visibilitychange', () => this.#render())
    document.addEventListener('keydown', ({ key }) => {
      const isAsked = document.querySelector('dialog[open]') !== null
      if (key === 'Escape' && !isAsked && this.#connectionId !== undefined) this.#close()
    })
  }

  onState(state: LiveState): void {
    this.#state = state
    setAttribute(this.#alert, 'hidden', true)
    setAttribute(document.body, 'data-stale', false)
    setText(this.#updated, `Live, ${clockTime(state.at)}`)
    this.#render()
  }

  onLost(isRefused: boolean): void {
    const since =
      this.#state === undefined ? '' : ` What you see is from ${clockTime(this.#state.at)}.`
    const why = isRefused
      ? 'The dashboard refuses this page, or its process is gone.'
      : 'The connection to the dashboard is lost.'
    setText(this.#alert, `${why}${since} Trying again …`)
    setAttribute(this.#alert, 'hidden', false)
    setAttribute(document.body, 'data-stale', true)
    setText(this.#updated, 'Not live')
  }

  #fillPool(): void {
    this.#side.append(
      this.#detail.element,
      this.#issues.element,
      this.#blocks.element,
      this.#server.element,
    )
    const past = h('div', { class: 'past' }, this.#charts.element, this.#timeline.element)
    const columns = h('div', { class: 'columns' }, this.#grid.element, this.#side, past)
    this.#pool.append(this.#header.element, columns)
    setAttribute(this.#detail.element, 'hidden', true)
    setAttribute(this.#pool, 'hidden', true)
  }

  #banner(): HTMLElement {
    const theme = createThemeToggle(() => this.#charts.redraw())
    const viewOnly = isOperator ? undefined : h('span', { class: 'badge' }, 'View only')
    return h(
      'header',
      { class: 'banner' },
      h('p', { class: 'brand' }, 'Hale'),
      this.#picker.element,
      h('div', { class: 'banner-end' }, this.#updated, viewOnly, theme),
    )
  }

  #render(): void {
    const pools = this.#pools()
    const shown = pools.find(({ name }) => name === this.#name) ?? pools[0]
    setAttribute(this.#pool, 'hidden', shown === undefined)
    if (shown === undefined) {
      setText(this.#updated, 'There is no pool to watch yet')
      return
    }
    this.#name = shown.name
    this.#announce(shown)
    if (document.hidden) return // nobody looks but at the title
    this.#picker.update({ pools, selected: shown.name })
    this.#show(shown)
  }

  #announce({ name, pool }: NamedPool): void {
    const { status, sentence } = verdictOf(pool)
    document.title = `${sentence} · ${name} · Hale`
    if (this.#spoken.dataset['status'] === status) return
    this.#spoken.dataset['status'] = status
    setText(this.#spoken, `${name}: ${sentence}.`)
  }

  #show(shown: NamedPool): void {
    const { pool } = shown
    this.#header.update(shown)
    this.#controls.update(shown)
    this.#grid.update({ pool, selected: this.#connectionId })
    setAttribute(this.#detail.element, 'hidden', this.#connectionId === undefined)
    if (this.#connectionId !== undefined) {
      this.#detail.update({ pool, connectionId: this.#connectionId })
    }
    this.#issues.update({ at: this.#state?.at ?? 0, issues: pool.issues })
    this.#blocks.update(pool.blocks)
    this.#charts.update(pool.series)
    this.#timeline.update(pool.timeline)
    this.#server.update(pool)
  }

  #pools(): readonly NamedPool[] {
    return [...(this.#state?.pools ?? [])].map(([name, pool]) => ({ name, pool }))
  }

  #pick(name: string): void {
    if (name === this.#name) return
    this.#name = name
    this.#connectionId = undefined
    this.#timeline.showOnly(undefined)
    history.replaceState(null, '', `#${encodeURIComponent(name)}`)
    this.#render()
  }

  #open(connectionId: number): void {
    this.#connectionId = connectionId
    this.#render()
    this.#detail.element.scrollTo(0, 0)
    this.#detail.focus()
  }

  #close(): void {
    const connectionId = this.#connectionId
    this.#connectionId = undefined
    this.#render()
    if (connectionId !== undefined && !this.#grid.focus(connectionId)) this.#pool.focus()
  }

  #showStory(connectionId: number): void {
    if (narrow.matches) {
      this.#connectionId = undefined
      this.#render()
    }
    this.#timeline.showOnly(connectionId)
  }

  async #act(action: OperatorAction): Promise<void> {
    setText(this.#outcome, 'Asking …')
    const { isDone, message } = await requestAction(action)
    setText(this.#outcome, message)
    setAttribute(this.#outcome, 'data-status', isDone ? 'healthy' : 'unhealthy')
    clearTimeout(this.#outcomeTimer)
    this.#outcomeTimer = setTimeout(() => setText(this.#outcome, ''), outcomeMs)
  }
}

/** The pool that the address names, so that a reload shows the same one. */
function nameInAddress(): string {
  try {
    return decodeURIComponent(location.hash.slice(1))
  } catch {
    return ''
  }
}
