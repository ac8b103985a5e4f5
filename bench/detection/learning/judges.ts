import type { ConnectionHealthMetrics } from '@hale/core'
import type { ContenderPorts } from '../contenders/contender.ts'
import type { SimulatedConnection } from '../pool/simulated-connection.ts'
import type { Simulation } from '../runner/simulation.ts'
import { judgeBy, type Model } from './model.ts'
import { type Judge, ownJudge, suspecting } from './observed.ts'

/**
 * Who says whom to ask about. `ours`: the product. `again`: the product with other luck in the same
 * world, which shows what chance alone does. `explorer`: asks early and at random, to learn what the
 * answers are. `oracle`: knows who is at fault, so that nobody can do better.
 */
export type JudgeName = 'ours' | 'again' | 'explorer' | 'oracle'

/** A backend at least this much slower shows in a confirmation beside a sound one. */
const visibleFactor = 1.45
const visibleLinkMs = 1

/** How long the explorer keeps a limit, and how often it asks for no reason, ms. */
const moodMs = { from: 10_000, to: 60_000 }
const whimMs = { every: 600_000, lasts: 500 }

type DuelRecord = ConnectionHealthMetrics['duels']

export function createJudge(
  which: JudgeName | Model,
  ports: ContenderPorts,
  simulation: () => Simulation,
): Judge {
  if (typeof which === 'object') return judgeBy(which)
  if (which === 'explorer') return explorer(ports)
  if (which === 'oracle') return oracle(simulation)
  return ownJudge
}

/**
 * Whether a probe would show what is wrong with it: errors and rare stalls it does not. Neither does
 * it show age, where all are about equally old.
 */
export function isVisiblySlow(connection: SimulatedConnection): boolean {
  const { fault, faultySince } = connection
  if (faultySince === undefined) return false
  return fault.linkMs >= visibleLinkMs || connection.probeFactor() >= visibleFactor
}

/** Aged ones are judged as the product does, as there is no telling one from the other. */
function oracle(simulation: () => Simulation): Judge {
  return suspecting((record, features) => {
    const connection = simulation().pool.connection(record.connectionId)
    if (connection === undefined) return -1
    if (connection.isAged) return features.suspicion(record) - 1
    return isVisiblySlow(connection) ? 1 : -1
  })
}

function explorer({ clock, random }: ContenderPorts): Judge {
  const drawWhim = (now: number): number => now - whimMs.every * Math.log(1 - random())
  const moods = new WeakMap<DuelRecord, { limit: number; until: number; whimAt: number }>()
  return suspecting((record, features) => {
    const now = clock.now()
    const mood = moods.get(record) ?? { limit: 1, until: now, whimAt: drawWhim(now) }
    moods.set(record, mood)
    if (now >= mood.until) {
      mood.until = now + moodMs.from + (moodMs.to - moodMs.from) * random()
      mood.limit = 0.05 + 0.95 * random()
    }
    if (now >= mood.whimAt + whimMs.lasts) mood.whimAt = drawWhim(now)
    if (now >= mood.whimAt) return 1
    return features.suspicion(record) - mood.limit
  })
}
