import { describe, expect, it, vi } from 'vitest'
import { tryModel } from './engine-model.ts'

vi.mock('../../src/pool/cancel-request.ts', () => import('./fake-cancel.ts'))

const { HALE_MODEL_RUNS, HALE_MODEL_SEED, HALE_MUTANT } = process.env
const numRuns = Number(HALE_MODEL_RUNS ?? 10_000)
/** Ten steps a run: a quarter of what it takes, so that a run that stops short shows. */
const leastSteps = 10 * numRuns

describe('the engine under random sequences', () => {
  it('keeps its invariants at every step, and ends', async ({ annotate }) => {
    const taken = tryModel({
      numRuns,
      maxLength: 80,
      ...(HALE_MODEL_SEED !== undefined && { seed: Number(HALE_MODEL_SEED) }),
      endOnFailure: HALE_MUTANT !== undefined,
    })
    await annotate(`${taken} steps`)
    expect(taken).toBeGreaterThanOrEqual(leastSteps) // 100,000 in CI
  }, 300_000)
})
