import type { DashboardDelta, DashboardState } from '../../src/state/dashboard-state.ts'
import { applyDelta, type LiveState, toLiveState } from '../../src/state/live-state.ts'

/** Who wants to know. */
export interface FeedListener {
  onState(state: LiveState): void
  /** Nothing comes any more; `isRefused` when the server answered, but not with events. */
  onLost(isRefused: boolean): void
}

/** A proxy that says 502 ends an EventSource for good; this starts another one. */
const reopenMs = 5_000
/** Without a word for so many intervals the stream is taken for dead, as after a laptop slept. */
const silentIntervals = 4
const leastSilenceMs = 15_000
/** Until the interval is known: it is 60 s at most. */
const mostSilenceMs = 150_000

/** The page's stream of events. An EventSource comes back by itself; what it cannot notice, this does. */
export class LiveFeed {
  readonly #listener: FeedListener
  #state: LiveState | undefined
  #source: EventSource | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(listener: FeedListener) {
    this.#listener = listener
  }

  open(): void {
    this.#source?.close()
    const source = new EventSource('events')
    this.#source = source
    source.addEventListener('state', ({ data }: MessageEvent<string>) => {
      this.#show(toLiveState(JSON.parse(data) as DashboardState))
    })
    source.addEventListener('delta', ({ data }: MessageEvent<string>) => {
      const delta = JSON.parse(data) as DashboardDelta
      if (this.#state !== undefined) this.#show(applyDelta(this.#state, delta))
    })
    source.addEventListener('error', () => this.#lose(source))
    this.#expectMore()
  }

  #show(state: LiveState): void {
    this.#state = state
    this.#expectMore()
    this.#listener.onState(state)
  }

  #expectMore(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#listener.onLost(false)
      this.open()
    }, silenceMs(this.#state))
  }

  #lose(source: EventSource): void {
    const isRefused = source.readyState === EventSource.CLOSED
    this.#listener.onLost(isRefused)
    if (!isRefused) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.open(), reopenMs)
  }
}

/** How long nothing may come: by the distance of the latest columns. */
function silenceMs(state: LiveState | undefined): number {
  for (const { series } of state?.pools.values() ?? []) {
    const [before, latest] = series.at.slice(-2)
    if (before === undefined || latest === undefined) continue
    return Math.max(leastSilenceMs, silentIntervals * (latest - before))
  }
  return mostSilenceMs
}
