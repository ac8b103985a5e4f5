import { describe, expect, it } from 'vitest'
import * as core from '../src/index.ts'

describe('@hale/core', () => {
  it('exports these values and no others', () => {
    expect(Object.keys(core).sort()).toMatchInlineSnapshot(`
      [
        "BugError",
        "ConnectionHealthMetrics",
        "ConnectionHealthMonitor",
        "ConnectionRecycler",
        "ConnectionSupervisor",
        "HealthClassifier",
        "HealthError",
        "HealthEventEmitter",
        "OptionProblems",
        "OptionReader",
        "OptionsError",
        "classifyFault",
        "copyServerReport",
        "countInWords",
        "createLogger",
        "defaultPoolName",
        "durationBoundsMs",
        "durationInWords",
        "explain",
        "explainCause",
        "explainIssue",
        "faultOfSqlState",
        "hasCertainlyNotCommitted",
        "healthDefaults",
        "isForgotten",
        "isPlainObject",
        "isServerSilent",
        "normaliseStatement",
        "poolExhaustion",
        "printable",
        "recyclingDefaults",
        "resolveHealthOptions",
        "resolveRecyclingOptions",
        "serverUnreachable",
        "stalePlan",
        "transactionLeak",
        "unknownFingerprint",
        "unresponsive",
        "watchPools",
        "wrongRole",
      ]
    `)
  })
})
