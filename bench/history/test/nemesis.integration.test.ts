import { describe, expect, it } from 'vitest'
import { playRounds } from '../rounds.ts'
import { addTallies, countFaults, emptyTally, tallyRound } from '../tally.ts'

const seed = Number(process.env['HALE_HISTORY_SEED'] ?? Date.now() % 2 ** 31)
const seconds = Number(process.env['HALE_HISTORY_SECONDS'] ?? 60)

/** What a run takes beside its faults: servers, and callers who wait for what is stuck. */
const besideMs = 180_000

describe('Hale under a random nemesis', () => {
  it(
    `breaks no rule in ${seconds} s from seed ${seed}`, // so that every reporter prints it
    async ({ annotate }) => {
      const again = `HALE_HISTORY_SEED=${seed} HALE_HISTORY_SECONDS=${seconds}`
      let tally = emptyTally()
      for await (const round of playRounds(seed, seconds * 1_000)) {
        tally = addTallies(tally, tallyRound(round))
      }
      const { acknowledged } = tally.operations
      await annotate(`${acknowledged} acknowledged, ${countFaults(tally)} faults`)
      expect({ again, violations: tally.violations }).toEqual({ again, violations: [] })
      // else nothing was tried
      expect(acknowledged, again).toBeGreaterThan(seconds)
      expect(countFaults(tally), again).toBeGreaterThan(seconds / 2)
    },
    seconds * 1_500 + besideMs,
  )
})
