/** Who opened for whom, or after whom. */
export interface Succession {
  readonly connectionId: number
  /** Monotonic ms. */
  readonly at: number
}

interface Vacancy extends Succession {
  /** Of the timeline's entry. */
  readonly entryId: number
}

/** A connection that is opened later than this after another left is not told to have taken its place, ms. */
const vacancyMs = 60_000
/** Remembered at most; beyond that, the oldest is given up. */
const mostRemembered = 64

/** Finds out which connection took the place of which. */
export class Successions {
  // Invariant: neither holds more than `mostRemembered`.
  /** By the connection that leaves: who was opened for it before it left. */
  readonly #openedFor = new Map<number, Succession>()
  /** Places that nobody was opened for, the oldest first. */
  readonly #vacancies: Vacancy[] = []

  /** `successor` is open before `leaver` has left. */
  openedFor(leaver: number, successor: Succession): void {
    this.#openedFor.delete(leaver)
    this.#openedFor.set(leaver, successor)
    for (const oldest of this.#openedFor.keys()) {
      if (this.#openedFor.size <= mostRemembered) break
      this.#openedFor.delete(oldest)
    }
  }

  /** `leaver` has left: who was opened for it, and is still there. It takes nobody's place any more. */
  takeSuccessorOf(leaver: number): Succession | undefined {
    const successor = this.#openedFor.get(leaver)
    this.#openedFor.delete(leaver)
    for (const [replaced, { connectionId }] of this.#openedFor) {
      if (connectionId === leaver) this.#openedFor.delete(replaced)
    }
    return successor
  }

  /** A connection has left without a successor, though one is wanted. */
  leaveVacant(vacancy: Vacancy): void {
    this.#vacancies.push(vacancy)
    if (this.#vacancies.length > mostRemembered) this.#vacancies.shift()
  }

  /** A connection was opened for nobody in particular: whose place it takes, the longest vacant one. */
  fillVacancy(at: number): Vacancy | undefined {
    let vacancy = this.#vacancies.shift()
    while (vacancy !== undefined && at - vacancy.at > vacancyMs) vacancy = this.#vacancies.shift()
    return vacancy
  }
}
