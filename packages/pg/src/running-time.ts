import type { TimerHandle, TimeSource } from './time-source.ts'

/** How often the clocks are looked at, ms. */
const LOOK_EVERY_MS = 250

/** A look that is later than this finds that the process did not run meanwhile, ms. */
const STALL_MS = 250

/** The clocks are off against each other by more than this after a suspension or a step of the clock, ms. */
const JUMP_MS = 1_000

/**
 * Time, and how much of it this process did not live through: frozen (SIGSTOP, a serverless platform),
 * suspended with its machine, or with an event loop that was busy for long. Stalls below a quarter of a
 * second are not noticed.
 */
export class RunningTime implements TimeSource {
  readonly #source: TimeSource
  #stalledMs = 0
  #lookedAt: number
  /** How far the wall clock was ahead of the other when they were compared last. */
  #apartMs: number
  #timer: TimerHandle | undefined
  #onStall: ((stalledMs: number) => void) | undefined

  constructor(source: TimeSource) {
    this.#source = source
    this.#lookedAt = source.now()
    this.#apartMs = source.wallNow() - source.now()
  }

  now(): number {
    return this.#source.now()
  }
  wallNow(): number {
    return this.#source.wallNow()
  }
  setTimeout(callback: () => void, delayMs: number): TimerHandle {
    return this.#source.setTimeout(callback, delayMs)
  }
  clearTimeout(handle: TimerHandle): void {
    this.#source.clearTimeout(handle)
  }
  setImmediate(callback: () => void): void {
    this.#source.setImmediate(callback)
  }

  /** Monotonic ms of the time in which this process ran until `now`, a stall that has just ended included. */
  runningNow(now: number = this.#source.now()): number {
    this.#look(now)
    return now - this.#stalledMs
  }

  /** Looks regularly from now on. `onStall` is told of each stall, and with 0 ms of a jump of the clock. */
  watch(onStall: (stalledMs: number) => void): void {
    this.#onStall = onStall
    this.#look(this.#source.now())
    this.#compareClocks()
    this.#timer = this.#source.setTimeout(() => this.watch(onStall), LOOK_EVERY_MS)
    this.#timer.unref()
  }

  stop(): void {
    if (this.#timer !== undefined) this.#source.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Notices a stall that has just ended. */
  #look(now: number): void {
    const elapsedMs = now - this.#lookedAt
    this.#lookedAt = now
    if (elapsedMs <= LOOK_EVERY_MS + STALL_MS || this.#timer === undefined) return
    this.#stalledMs += elapsedMs - LOOK_EVERY_MS
    this.#onStall?.(elapsedMs - LOOK_EVERY_MS)
  }

  /** Notices that the clocks have run apart. */
  #compareClocks(): void {
    const apartMs = this.#source.wallNow() - this.#source.now()
    const jumpedMs = Math.abs(apartMs - this.#apartMs)
    this.#apartMs = apartMs
    if (jumpedMs > JUMP_MS) this.#onStall?.(0)
  }
}

/**
 * Calls `onMissed` once, after `delayMs` in which this process ran, unless it is cancelled first. Before
 * it does, the event loop reads its sockets twice: the answer may be waiting in a socket's buffer, and
 * our own stall must not be blamed on a connection. One in the `background` never keeps the process alive.
 */
export function startDeadline(
  time: RunningTime,
  delayMs: number,
  onMissed: () => void,
  { background = false }: { readonly background?: boolean } = {},
): () => void {
  let cancelled = false
  let handle: TimerHandle
  const dueAt = time.runningNow() + delayMs
  const arm = (ms: number): void => {
    handle = time.setTimeout(() => {
      const leftMs = dueAt - time.runningNow()
      if (leftMs > 1) arm(leftMs)
      else readSocketsTwice()
    }, ms)
    if (background) handle.unref()
  }
  const readSocketsTwice = (): void => {
    time.setImmediate(() => {
      time.setImmediate(() => {
        if (!cancelled) onMissed()
      })
    })
  }
  arm(delayMs)
  return () => {
    cancelled = true
    time.clearTimeout(handle)
  }
}
