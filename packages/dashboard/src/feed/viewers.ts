import { type DashboardTime, repeat } from '../dashboard-time.ts'

/** Whoever reads the event stream. */
export interface Viewer {
  /** Bytes that were written and not taken yet. */
  readonly pendingBytes: number
  write(chunk: string): void
  /** Ends the stream as it should; the browser comes back by itself. */
  end(): void
  /** Ends it at once. */
  destroy(): void
}

/** What a viewer may be behind beyond the state that it was sent first, bytes. */
const maxBehindBytes = 1_048_576
/** Something is sent at least this often, so that proxies keep the stream open, ms. */
const pingEveryMs = 15_000
/** How long a browser waits until it comes back, ms. */
const retryMs = 2_000
/** A stream ends after this, so that whoever may look no longer is asked again, ms. */
const longestMs = 900_000

/** Everybody who watches: all of them get the same bytes, and whoever does not take them is dropped. */
export class Viewers {
  // Invariant: at most `#max`; each has had the state before any delta.
  readonly #max: number
  readonly #time: DashboardTime
  readonly #viewers = new Map<Viewer, { readonly since: number; readonly maxBytes: number }>()
  readonly #stop: () => void

  constructor(max: number, time: DashboardTime) {
    this.#max = max
    this.#time = time
    this.#stop = repeat(time, pingEveryMs, () => this.#ping())
  }

  get size(): number {
    return this.#viewers.size
  }

  get isFull(): boolean {
    return this.#viewers.size >= this.#max
  }

  /** Sends the state, and every delta from now on. */
  join(viewer: Viewer, state: string): void {
    if (this.isFull) {
      viewer.destroy() // others came in the same turn
      return
    }
    const maxBytes = Buffer.byteLength(state) + maxBehindBytes
    this.#viewers.set(viewer, { since: this.#time.now(), maxBytes })
    viewer.write(`retry: ${retryMs}\n${event('state', state)}`)
  }

  leave(viewer: Viewer): void {
    this.#viewers.delete(viewer)
  }

  /** Asks for the delta only if anybody is there to get it. */
  send(delta: () => string): void {
    if (this.#viewers.size > 0) this.#write(event('delta', delta()))
  }

  stop(): void {
    this.#stop()
    for (const viewer of [...this.#viewers.keys()]) this.#end(viewer)
  }

  #ping(): void {
    this.#write(': ping\n\n')
    const now = this.#time.now()
    for (const [viewer, { since }] of [...this.#viewers]) {
      if (now - since >= longestMs) this.#end(viewer)
    }
  }

  #write(chunk: string): void {
    for (const [viewer, { maxBytes }] of [...this.#viewers]) {
      if (viewer.pendingBytes > maxBytes || !this.#hasTaken(viewer, chunk)) {
        this.#viewers.delete(viewer)
        viewer.destroy()
      }
    }
  }

  /** A stream that has broken must not keep the others from theirs. */
  #hasTaken(viewer: Viewer, chunk: string): boolean {
    try {
      viewer.write(chunk)
      return true
    } catch {
      return false
    }
  }

  #end(viewer: Viewer): void {
    this.#viewers.delete(viewer)
    viewer.end()
  }
}

/** JSON has no line breaks, so that one line of data holds it. */
function event(name: string, json: string): string {
  return `event: ${name}\ndata: ${json}\n\n`
}
