import type { ComparedMeasure, Defeat } from './verdicts.ts'

interface Concession {
  readonly fault: string
  readonly measure: ComparedMeasure
  readonly because: string
}

/** Why someone else may come out better in a measure of a fault; what is not listed here needs work. */
const concessions: readonly Concession[] = [
  {
    fault: 'down-10s',
    measure: 'longest stall',
    because:
      'Hale’s callers wait for the server as long as their deadline lets them, and are served when it is back; the others reject each caller at once',
  },
]

/** The reason why it may be, for docs. */
export function reasonFor({ fault, measure }: Pick<Defeat, 'fault' | 'measure'>): string {
  return findConcession(fault, measure)?.because ?? '**no reason is known: a defect**'
}

/** Whether the docs name a reason. */
export function isConceded({ fault, measure }: Pick<Defeat, 'fault' | 'measure'>): boolean {
  return findConcession(fault, measure) !== undefined
}

function findConcession(fault: string, measure: ComparedMeasure): Concession | undefined {
  return concessions.find((each) => each.fault === fault && each.measure === measure)
}
