import type { Contender, ContenderPorts } from './contender.ts'
import { Duel } from './duel.ts'
import { Learned } from './learned.ts'
import { StaticThresholds } from './static-thresholds.ts'
import { SuccessRateOutlier } from './success-rate-outlier.ts'

export const contenderNames = ['static', 'outlier', 'ours', 'learned'] as const
export type ContenderName = (typeof contenderNames)[number]

/** Those of a report that asks for none; `learned` is an experiment (see learning/). */
export const usualContenders: readonly ContenderName[] = ['static', 'outlier', 'ours']

export const contenderTitles: Readonly<Record<ContenderName, string>> = {
  static: 'static 500 ms / 20 %',
  outlier: 'Envoy-style outlier',
  ours: 'Hale',
  learned: 'Hale, learned suspicion',
}

export function createContender(name: ContenderName, ports: ContenderPorts): Contender {
  switch (name) {
    case 'static':
      return new StaticThresholds(ports)
    case 'outlier':
      return new SuccessRateOutlier(ports)
    case 'ours':
      return new Duel(ports)
    case 'learned':
      return new Learned(ports)
    default:
      throw new RangeError(`no contender '${name satisfies never}'`)
  }
}
