import { HealthAwarePool, type HealthAwarePoolOptions } from '@hale/pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Servers } from '../nemesis/servers.ts'
import { playRound, type Round } from '../round.ts'
import { type BrokenPool, brokenPools } from './broken-pools.ts'

let servers: Servers

beforeAll(async () => {
  servers = await Servers.start({ hasStandby: false })
})
afterAll(async () => {
  await servers?.stop()
})

type Trial = Pick<BrokenPool, 'create' | 'patterns' | 'plan'>

function play({ create: createPool, patterns, plan }: Trial): Promise<Round> {
  return playRound({
    seed: 1,
    durationMs: 800,
    plan,
    patterns,
    createPool,
    servers,
    callers: 16,
    patienceMs: 1_500,
  })
}

describe('the checker, beside a pool that', () => {
  it.each(brokenPools)('$bug: $rule', async ({ rule, ...trial }) => {
    const { violations } = await play(trial)
    expect(violations.map((each) => each.rule)).toContain(rule)
  })

  it('does everything right finds nothing, under all the faults of the others', async () => {
    const plan = brokenPools.flatMap((each) => each.plan)
    const create = (options: HealthAwarePoolOptions) => new HealthAwarePool(options)
    const { violations } = await play({ create, plan })
    expect(violations).toEqual([])
  })
})
