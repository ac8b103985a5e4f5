/** How a server fails over. Instants in ms from the beginning. */
export interface FailoverScenario {
  readonly name: string
  readonly label: string
  /** What it is while it is down. */
  readonly down: 'refusing' | 'silent'
  readonly failsAt: number
  /** From then on it answers that it is starting up. */
  readonly startsAt: number
  readonly acceptsAt: number
  readonly endsAt: number
}

const phases = { failsAt: 12_000, startsAt: 20_000, acceptsAt: 24_000, endsAt: 40_000 } as const

/** 12 s until the server takes connections again, 4 s of which it says so. */
export const scenarios: readonly FailoverScenario[] = [
  {
    name: 'restart',
    label: 'The server crashes, and its machine refuses connections meanwhile',
    down: 'refusing',
    ...phases,
  },
  {
    name: 'lost-machine',
    label: 'The machine is gone without a word, and its address moves to another one',
    down: 'silent',
    ...phases,
  },
]

/** @throws {Error} for a name that no scenario has */
export function scenarioNamed(name: string): FailoverScenario {
  const scenario = scenarios.find((each) => each.name === name)
  if (scenario === undefined) throw new Error(`no scenario '${name}'`)
  return scenario
}
