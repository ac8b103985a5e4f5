/** One step may take so long, ms: what is broken on purpose must not keep the demo from ending. */
const STEP_MS = 5_000

/** What is to be undone, in the reverse order. */
export class Cleanups {
  readonly #steps: (() => Promise<unknown>)[] = []

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step)
  }

  /** Undoes all. A step that fails or hangs does not hold up the others; gives back how many did. */
  async run(): Promise<number> {
    let failed = 0
    for (const step of this.#steps.splice(0).reverse()) if (!(await isDone(step))) failed += 1
    return failed
  }
}

function isDone(step: () => Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const bound = setTimeout(() => resolve(false), STEP_MS)
    const settle = (isGood: boolean): void => {
      clearTimeout(bound)
      resolve(isGood)
    }
    step().then(
      () => settle(true),
      () => settle(false),
    )
  })
}
