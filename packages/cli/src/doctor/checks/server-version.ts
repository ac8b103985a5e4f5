import { durationInWords } from '@hale/core'
import type { ServerFacts } from '../facts/database-facts.ts'
import type { Check, Finding } from '../finding.ts'

type Id = 'server.unsupported' | 'server.support-ends' | 'server.too-old' | 'server.young'

const SOON_MS = 180 * 86_400_000
const OLDEST = 12
/** Shorter than this a server may have been restarted under its clients. */
const YOUNG_MS = 600_000

/** The last day of each major version, as PostgreSQL's versioning policy has it. */
const endOfLife: ReadonlyMap<number, string> = new Map([
  [12, '2024-11-21'],
  [13, '2025-11-13'],
  [14, '2026-11-12'],
  [15, '2027-11-11'],
  [16, '2028-11-09'],
  [17, '2029-11-08'],
  [18, '2030-11-14'],
])

export const serverVersionCheck: Check<Id> = {
  finds: {
    'server.too-old': `the server is older than PostgreSQL ${OLDEST}, which Hale is not tested with`,
    'server.unsupported': 'the major version gets no more fixes',
    'server.support-ends': 'the major version gets no more fixes within 180 days',
    'server.young': 'the server began less than 10 min ago',
  },
  examine({ at, server }) {
    if (server === undefined) return []
    return [support(server, at), young(server)].filter((finding) => finding !== undefined)
  },
}

type Found = Finding<Id> | undefined

function support({ version, versionText }: ServerFacts, at: number): Found {
  const major = Math.floor(version / 10_000)
  const last = endOfLife.get(major)
  const endsAt = Date.parse(last ?? '')
  const fix = 'plan the upgrade to a later major version'
  const evidence = { version, versionText }
  if (major < OLDEST) {
    const reason = 'Hale asks later versions in other ways, and nobody fixes faults of this one'
    const title = `PostgreSQL ${versionText} is older than ${OLDEST}`
    return { id: 'server.too-old', severity: 'warning', title, reason, fix, evidence }
  }
  if (endsAt <= at) {
    const title = `PostgreSQL ${major} has had no fixes since ${last}`
    const reason = 'faults, also of security, stay'
    return { id: 'server.unsupported', severity: 'warning', title, reason, fix, evidence }
  }
  if (!(endsAt - at < SOON_MS)) return undefined // of a version without an end yet as well
  const title = `PostgreSQL ${major} gets fixes until ${last}`
  const reason = `that is ${durationInWords(endsAt - at)} from now`
  return { id: 'server.support-ends', severity: 'info', title, reason, fix, evidence }
}

function young({ uptimeMs }: ServerFacts): Found {
  if (uptimeMs >= YOUNG_MS) return undefined
  return {
    id: 'server.young',
    severity: 'info',
    title: `the server began ${durationInWords(uptimeMs)} ago`,
    reason:
      'its caches are cold and its statistics few, so that what is measured now is slower than usual',
    fix: 'if nobody restarted it on purpose, look for the reason in its log',
    evidence: { uptimeMs },
  }
}
