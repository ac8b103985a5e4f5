import { describe, expect, it } from 'vitest'
import * as core from '../src/index.ts'

describe('@hale/core', () => {
  it('exports these values and no others', () => {
    expect(Object.keys(core).sort()).toEqual([
      'BugError',
      'ConnectionHealthMetrics',
      'ConnectionHealthMonitor',
      'ConnectionRecycler',
      'HealthClassifier',
      'HealthError',
      'HealthEventEmitter',
      'IssueLog',
      'OptionProblems',
      'OptionReader',
      'OptionsError',
      'PeerBaselines',
      'classifyFault',
      'detectHighLatency',
      'explain',
      'faultOfSqlState',
      'healthDefaults',
      'isFatalSeverity',
      'isLatencySuspect',
      'noPeers',
      'recyclingDefaults',
      'resolveHealthOptions',
      'resolveRecyclingOptions',
    ])
  })
})
