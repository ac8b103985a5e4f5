/** What can happen. Those of one connection carry its id and a serial that tells a stale event. */
export const eventKinds = {
  arrival: 0,
  longArrival: 1,
  answer: 2,
  thoughtOver: 3,
  queryTimeout: 4,
  opened: 5,
  probeEnd: 6,
  pairEnd: 7,
  serverAnswer: 8,
  sweep: 9,
  stall: 10,
  checkpoint: 11,
  burst: 12,
  mixDrift: 13,
  action: 14,
} as const

const kindBits = 4
const kindMask = (1 << kindBits) - 1

/**
 * Events in the order of their instants: a binary heap in typed arrays, so that nothing is allocated
 * per event. `pop` leaves the event in the fields. The same pushes give the same pops.
 */
export class EventQueue {
  // Invariant: no event is due before its parent, which is at (index - 1) >> 1.
  at = 0
  kind = 0
  subject = 0
  serial = 0
  #size = 0
  #times = new Float64Array(256)
  #subjects = new Int32Array(256)
  #tags = new Int32Array(256)

  push(at: number, kind: number, subject: number, serial: number): void {
    if (this.#size === this.#times.length) this.#grow()
    const times = this.#times
    let index = this.#size
    this.#size += 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if ((times[parent] as number) <= at) break
      this.#move(parent, index)
      index = parent
    }
    this.#put(index, at, subject, (serial << kindBits) | kind)
  }

  /** Takes the next event out; `false` when there is none. */
  pop(): boolean {
    if (this.#size === 0) return false
    const tag = this.#tags[0] as number
    this.at = this.#times[0] as number
    this.subject = this.#subjects[0] as number
    this.kind = tag & kindMask
    this.serial = tag >> kindBits
    this.#size -= 1
    if (this.#size > 0) this.#sinkLast()
    return true
  }

  /** Puts the last event where the first one was, and lets it sink. */
  #sinkLast(): void {
    const times = this.#times
    const size = this.#size
    const at = times[size] as number
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= size) break
      if (child + 1 < size && (times[child + 1] as number) < (times[child] as number)) child += 1
      if ((times[child] as number) >= at) break
      this.#move(child, index)
      index = child
    }
    this.#put(index, at, this.#subjects[size] as number, this.#tags[size] as number)
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#times[from] as number
    this.#subjects[to] = this.#subjects[from] as number
    this.#tags[to] = this.#tags[from] as number
  }

  #put(index: number, at: number, subject: number, tag: number): void {
    this.#times[index] = at
    this.#subjects[index] = subject
    this.#tags[index] = tag
  }

  #grow(): void {
    const times = new Float64Array(2 * this.#size)
    const subjects = new Int32Array(2 * this.#size)
    const tags = new Int32Array(2 * this.#size)
    times.set(this.#times)
    subjects.set(this.#subjects)
    tags.set(this.#tags)
    this.#times = times
    this.#subjects = subjects
    this.#tags = tags
  }
}
