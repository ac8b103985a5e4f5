import type { VirtualTimer } from '../time/timer-heap.ts'
import type { VirtualTime } from '../time/virtual-time.ts'

interface Job {
  /** How much each job will have got, counted from the beginning of all, when this one has got all it needs. */
  readonly doneAt: number
  readonly done: () => void
}

/**
 * Cores that are shared evenly by all that want to run (processor sharing): with more jobs than cores each gets
 * its part, and all take longer.
 */
export class SharedCores {
  readonly #time: VirtualTime
  readonly #cores: number
  // Invariant: ascending by `doneAt`; those that are equal in the order of their coming.
  #jobs: Job[] = []
  /** CPU that a job present from the beginning would have got, ms. */
  #given = 0
  #givenAt = 0
  #timer: VirtualTimer | undefined

  constructor(time: VirtualTime, cores: number) {
    this.#time = time
    this.#cores = cores
  }

  get running(): number {
    return this.#jobs.length
  }

  /** Calls back when `cpuMs` of CPU were given to it. */
  run(cpuMs: number, done: () => void): void {
    this.#advance()
    const doneAt = this.#given + cpuMs
    this.#jobs.splice(this.#indexAfter(doneAt), 0, { doneAt, done })
    this.#arm()
  }

  /** Everything that runs is gone. */
  clear(): void {
    this.#advance()
    this.#jobs = []
    this.#arm()
  }

  get #share(): number {
    return Math.min(1, this.#cores / this.#jobs.length)
  }

  #advance(): void {
    const now = this.#time.now()
    if (this.#jobs.length > 0) this.#given += (now - this.#givenAt) * this.#share
    this.#givenAt = now
  }

  #arm(): void {
    if (this.#timer !== undefined) this.#time.clearTimeout(this.#timer)
    this.#timer = undefined
    const [first] = this.#jobs
    if (first === undefined) return
    const afterMs = (first.doneAt - this.#given) / this.#share
    this.#timer = this.#time.setTimeout(() => this.#finish(first), afterMs)
  }

  /** `first` is through, whatever rounding says, and so is who needed just as much. */
  #finish(first: Job): void {
    this.#advance()
    this.#given = Math.max(this.#given, first.doneAt)
    let count = 0
    while (count < this.#jobs.length && (this.#jobs[count] as Job).doneAt <= this.#given) count += 1
    const through = this.#jobs.splice(0, count)
    this.#arm()
    for (const { done } of through) done()
  }

  #indexAfter(doneAt: number): number {
    let low = 0
    let high = this.#jobs.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#jobs[middle] as Job).doneAt <= doneAt) low = middle + 1
      else high = middle
    }
    return low
  }
}
