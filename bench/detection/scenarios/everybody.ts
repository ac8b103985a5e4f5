import type { Scenario } from './scenario.ts'
import type { Stage } from './stage.ts'

const second = 1_000

function slowServer(stage: Stage, factor: number, forMs: number): void {
  const { server } = stage.world
  server.factor = factor
  stage.after(forMs, () => {
    server.factor = 1
  })
}

/** A sound connection after the other is replaced, so that there is always a cold one. */
function replaceEvery(stage: Stage, everyMs: number): void {
  stage.retireOldest()
  stage.after(everyMs, () => replaceEvery(stage, everyMs))
}

/** One tenant after the other holds a connection for minutes. */
export function pinAgainAndAgain(stage: Stage): void {
  const { fate } = stage
  const pinnedMs = fate.between(60, 240) * second
  stage.pinTenant(pinnedMs)
  stage.after(pinnedMs + fate.between(10, 40) * second, () => pinAgainAndAgain(stage))
}

/** Some rows are wanted so often that they are held most of the time. */
function heatRows(stage: Stage): void {
  const { workload, server } = stage.world
  for (const fingerprint of stage.pickFingerprints(0.15)) {
    const perMs = stage.statementsPerMs * workload.shareOf(fingerprint)
    server.hotRowHoldMs[fingerprint] = Math.min(200, stage.fate.between(0.6, 0.9) / perMs)
  }
}

function flipPlans(stage: Stage): void {
  for (const fingerprint of stage.pickFingerprints(0.25)) {
    stage.world.server.planFactors[fingerprint] = 5
  }
}

function healthy(
  name: string,
  title: string,
  afterOnsetS: number,
  begin: (stage: Stage) => void,
): Scenario {
  return { name, title, faultClass: 'none', afterOnsetMs: afterOnsetS * second, begin }
}

/** Something is wrong, or unusual, that no connection is to blame for. */
export const everybody: readonly Scenario[] = [
  healthy('healthy', 'healthy, nuisances only', 900, () => {}),
  healthy('server-x3', 'whole server ×3', 300, (stage) => {
    stage.world.server.factor = 3
  }),
  healthy('links-20ms', 'all links +20 ms', 300, (stage) => {
    stage.world.links.extraMs = 20
  }),
  healthy('routing-skew', 'heavy statements land on one', 300, (stage) => stage.skewRouting()),
  healthy('sticky-tenant', 'a tenant with rows ×4 sticks to one', 300, (stage) => {
    stage.stickTenant(4)
  }),
  healthy('uneven', 'backends differ by 5 %, links by 0.1 ms', 600, (stage) => {
    stage.makeUneven(0.05, 0.1)
  }),
  healthy('pinned-tenant', 'pinned heavy tenant (adversarial)', 600, pinAgainAndAgain),
  healthy('hot-row', 'hot rows', 300, heatRows),
  healthy('plan-flip', 'plan flip ×5 on all', 300, flipPlans),
  healthy('application-errors', '30 % application errors on all', 240, (stage) => {
    stage.world.applicationErrorRatio = 0.3
  }),
  healthy('failover', 'failover: all lost, ×5 for some seconds', 240, (stage) => {
    slowServer(stage, 5, stage.fate.between(5, 15) * second)
    stage.loseAll()
  }),
  healthy('server-freeze', 'the server answers nothing for some seconds', 180, (stage) => {
    stage.world.server.frozenUntil = stage.world.now + stage.fate.between(3, 12) * second
  }),
  healthy('cold-starts', 'one new connection every 5 s', 300, (stage) => {
    replaceEvery(stage, 5 * second)
  }),
]
