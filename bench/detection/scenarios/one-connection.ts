import type { ConnectionFault } from '../pool/connection-fault.ts'
import type { FaultClass, Scenario } from './scenario.ts'

const second = 1_000

function onOne(
  name: string,
  title: string,
  faultClass: FaultClass,
  afterOnsetS: number,
  fault: Partial<ConnectionFault>,
): Scenario {
  return {
    name,
    title,
    faultClass,
    afterOnsetMs: afterOnsetS * second,
    begin: (stage) => stage.breakConnections(1, fault),
  }
}

/** One connection of twenty is at fault. */
export const oneConnection: readonly Scenario[] = [
  onOne('link-5ms', '+5 ms on one', 'subtle', 180, { linkMs: 5 }),
  onOne('link-20ms', '+20 ms on one', 'plain', 120, { linkMs: 20 }),
  onOne('link-100ms', '+100 ms on one', 'plain', 120, { linkMs: 100 }),
  onOne('backend-x1.5', 'one backend ×1.5', 'subtle', 400, { factor: 1.5 }),
  onOne('backend-x2', 'one backend ×2', 'plain', 240, { factor: 2 }),
  onOne('backend-x3', 'one backend ×3', 'plain', 180, { factor: 3 }),
  onOne('errors-2pct', '2 % connection errors on one', 'subtle', 240, { errorRatio: 0.02 }),
  onOne('errors-10pct', '10 % connection errors on one', 'subtle', 120, { errorRatio: 0.1 }),
  onOne('degradation', '+0.1 % per statement on one', 'subtle', 600, {
    growthPerStatement: 0.001,
  }),
  onOne('stalls', '1 in 200 stalls 500 ms on one', 'subtle', 900, {
    stallRatio: 1 / 200,
    stallMs: 500,
  }),
  {
    name: 'black-hole',
    title: 'black hole mid-query on one',
    faultClass: 'plain',
    afterOnsetMs: 60 * second,
    begin: (stage) => stage.blackHole(),
  },
]
