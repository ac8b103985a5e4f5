import { pinAgainAndAgain } from './everybody.ts'
import type { Scenario } from './scenario.ts'

const second = 1_000

const many: readonly Scenario[] = [
  {
    name: 'five-backends-x3',
    title: '5 of 20 backends ×3 at once',
    faultClass: 'plain',
    afterOnsetMs: 300 * second,
    begin: (stage) => stage.breakConnections(5, { factor: 3 }),
  },
  {
    name: 'ten-backends-x3',
    title: '10 of 20 backends ×3 at once',
    faultClass: 'plain',
    afterOnsetMs: 480 * second,
    begin: (stage) => stage.breakConnections(10, { factor: 3 }),
  },
  {
    name: 'ageing',
    title: 'backends age, up to ×2.5',
    faultClass: 'subtle',
    afterOnsetMs: 900 * second,
    begin: (stage) => stage.ageBackends(400 * second),
  },
  {
    name: 'thin-healthy',
    title: 'healthy, 1 statement/s in all',
    faultClass: 'none',
    afterOnsetMs: 3_600 * second,
    world: { perSecond: 1 },
    begin: () => {},
  },
  {
    name: 'thin-link-20ms',
    title: '+20 ms on one, 1 statement/s in all',
    faultClass: 'plain',
    afterOnsetMs: 600 * second,
    world: { perSecond: 1 },
    begin: (stage) => stage.breakConnections(1, { linkMs: 20 }),
  },
]

/** What a pool of another size has to show, down to one with hardly anybody to compare with. */
const anySize: readonly Scenario[] = [
  {
    name: 'healthy',
    title: 'healthy',
    faultClass: 'none',
    afterOnsetMs: 600 * second,
    begin: () => {},
  },
  {
    name: 'link-20ms',
    title: '+20 ms on one',
    faultClass: 'plain',
    afterOnsetMs: 120 * second,
    begin: (stage) => stage.breakConnections(1, { linkMs: 20 }),
  },
  {
    name: 'backend-x3',
    title: 'one backend ×3',
    faultClass: 'plain',
    afterOnsetMs: 240 * second,
    begin: (stage) => stage.breakConnections(1, { factor: 3 }),
  },
  {
    name: 'black-hole',
    title: 'black hole mid-query',
    faultClass: 'plain',
    afterOnsetMs: 60 * second,
    begin: (stage) => stage.blackHole(),
  },
]

/** What is harder the fewer there are. */
const hardWithFew: readonly Scenario[] = [
  {
    name: 'server-x3',
    title: 'whole server ×3',
    faultClass: 'none',
    afterOnsetMs: 300 * second,
    begin: (stage) => {
      stage.world.server.factor = 3
    },
  },
  {
    name: 'pinned-tenant',
    title: 'pinned heavy tenant',
    faultClass: 'none',
    afterOnsetMs: 600 * second,
    begin: pinAgainAndAgain,
  },
  {
    name: 'stalls',
    title: '1 in 200 stalls 500 ms on one',
    faultClass: 'subtle',
    afterOnsetMs: 1_800 * second, // there are fewer statements
    begin: (stage) => stage.breakConnections(1, { stallRatio: 1 / 200, stallMs: 500 }),
  },
]

function withConnections(connections: number): readonly Scenario[] {
  const cases = connections <= 3 ? [...anySize, ...hardWithFew] : anySize
  return cases.map((each) => ({
    ...each,
    name: `pool-${connections}-${each.name}`,
    title: `pool of ${connections}: ${each.title}`,
    world: { connections },
  }))
}

/** More than one connection, fewer statements, or another size of pool. */
export const several: readonly Scenario[] = [...many, ...[2, 3, 10, 50].flatMap(withConnections)]
