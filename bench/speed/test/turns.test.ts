import { expect, it } from 'vitest'
import type { Child } from '../../child.ts'
import { takeTurns } from '../../interleaving.ts'
import type { Sample } from '../../scenario.ts'
import type { SliceQuestion } from '../../slice.ts'

/** Processes that do no work and take the time that it would take; real ones would leave the order to chance. */
function fakeProcesses() {
  const asked: string[] = []
  let started = 0
  const start = (name: string): Child<SliceQuestion, Sample> => {
    started += 1
    let slices = 0
    return {
      ask: async ({ count }) => {
        asked.push(name)
        slices += 1
        return { count, wallMs: count, cpuMs: slices }
      },
      [Symbol.asyncDispose]: async () => {},
    }
  }
  return { start, asked, startedCount: () => started }
}

const turns = { names: ['a', 'b'], rounds: 3, sliceMs: 100, roundsPerProcess: 2 }

it('goes forth and back within a round, and begins the next one with the next contender', async () => {
  const { start, asked } = fakeProcesses()
  await takeTurns({ ...turns, rounds: 2, start })
  expect(asked.slice(-8).join('')).toBe('abbabaab')
})

it('starts new processes after so many rounds', async () => {
  const { start, startedCount } = fakeProcesses()
  const { rounds } = await takeTurns({ ...turns, start })
  expect(rounds).toHaveLength(3)
  expect(startedCount()).toBe(4)
})

it('plays settling rounds like those that count, in each set of processes, and counts none of them', async () => {
  const without = fakeProcesses()
  const plain = await takeTurns({ ...turns, start: without.start })
  const { start, asked } = fakeProcesses()
  const { rounds } = await takeTurns({ ...turns, settlingRounds: 5, start })
  expect(rounds).toHaveLength(3)
  expect(asked).toHaveLength(without.asked.length + 2 * 5 * 4)
  const [before, after] = [plain.rounds, rounds].map((all) => all[0]?.get('a')?.cpuMs ?? 0)
  expect(after).toBe((before ?? 0) + 2 * 2 * 5) // five rounds of two slices went before either of its slices
})
