import { setTimeout as delay } from 'node:timers/promises'
import { applyDelta, type LiveState, toLiveState } from '@hale/dashboard'
import type { CliPorts } from '../cli-ports.ts'
import { styleFor } from '../terminal/style.ts'
import { DashboardUnreadableError } from './dashboard-unreadable-error.ts'
import { type DashboardMessage, type DashboardPlace, readEvents } from './read-dashboard.ts'
import { renderFrame } from './render-frame.ts'
import { Screen } from './screen.ts'

/** The age of stale data is drawn anew this often. */
const REDRAW_MS = 1_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000

/**
 * Draws the pools as they change, until it is ended. Once the dashboard was read, it is looked for again and
 * again when it is gone. Rejects with a {@link DashboardUnreadableError} when it was never read, and when it
 * lets us in no longer.
 */
export async function watchLive(place: DashboardPlace, ports: CliPorts): Promise<void> {
  const quit = new AbortController()
  const view = new LiveView(place, ports, () => quit.abort())
  let pauseMs = FIRST_PAUSE_MS
  try {
    while (!quit.signal.aborted) {
      try {
        for await (const message of readEvents(place, quit.signal)) {
          view.take(message)
          pauseMs = FIRST_PAUSE_MS
        }
      } catch (error) {
        if (!(error instanceof DashboardUnreadableError)) throw error
        if (!view.hasState || !error.isPassing) throw error
        view.lose(error.message)
      }
      // half of it at random, so that many who watch do not come back at once
      const pause = pauseMs * (0.5 + Math.random() / 2)
      await delay(pause, undefined, { signal: quit.signal }).catch(() => {})
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)
    }
  } finally {
    view.close()
  }
}

/** What is known, on the screen. */
class LiveView {
  readonly #place: DashboardPlace
  readonly #ports: CliPorts
  readonly #screen: Screen
  readonly #timer: NodeJS.Timeout
  #state: LiveState | undefined
  #trouble: string | undefined
  #heardAt = performance.now()

  constructor(place: DashboardPlace, ports: CliPorts, onQuit: () => void) {
    this.#place = place
    this.#ports = ports
    this.#screen = new Screen(ports, { onQuit, onResize: () => this.#draw() })
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS)
    this.#draw()
  }

  get hasState(): boolean {
    return this.#state !== undefined
  }

  take(message: DashboardMessage): void {
    this.#trouble = undefined
    this.#heardAt = performance.now()
    if (message.kind === 'state') this.#state = toLiveState(message.state)
    else if (this.#state !== undefined) this.#state = applyDelta(this.#state, message.delta)
    this.#draw()
  }

  lose(why: string): void {
    this.#trouble = why
    this.#draw()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#screen.close()
  }

  #draw(): void {
    const { stdout, env } = this.#ports
    const frame = {
      url: this.#place.url,
      state: this.#state,
      silentMs: performance.now() - this.#heardAt,
      trouble: this.#trouble,
    }
    this.#screen.draw(renderFrame(frame, styleFor(stdout, env)))
  }
}
