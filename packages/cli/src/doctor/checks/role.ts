import { durationInWords } from '@hale/core'
import type { DatabaseFacts } from '../facts/database-facts.ts'
import type { Check, Finding } from '../finding.ts'

type Id =
  | 'role.standby'
  | 'role.read-only'
  | 'role.lag'
  | 'replication.no-synchronous-standby'
  | 'server.asynchronous-commit'

const LAG = { warningMs: 10_000, criticalMs: 300_000 }

export const roleCheck: Check<Id> = {
  finds: {
    'role.standby': 'the server is a standby, which takes no writes',
    'role.read-only': 'sessions are read-only unless they say otherwise',
    'role.lag': `the standby is behind by ${durationInWords(LAG.warningMs)}; critical from ${durationInWords(LAG.criticalMs)}`,
    'replication.no-synchronous-standby': 'commits wait for a standby, and none is there',
    'server.asynchronous-commit': 'commits are confirmed before they are on disk',
  },
  examine(facts) {
    return [role(facts), lag(facts), noStandby(facts), asynchronous(facts)].filter(
      (finding) => finding !== undefined,
    )
  },
}

type Found = Finding<Id> | undefined

function role({ server, replication }: DatabaseFacts): Found {
  if (server?.role === 'standby') {
    return {
      id: 'role.standby',
      severity: 'info',
      title: 'the server is a standby',
      reason: 'every write fails (SQLSTATE 25006), for as long as the connection is kept',
      fix: "for reads that is fine (`targetSessionAttrs: 'standby'`); for writes name all servers in `hosts`, with `targetSessionAttrs: 'read-write'`",
      evidence: { role: 'standby', lagMs: replication?.lagMs },
    }
  }
  if (!server?.isReadOnly) return undefined
  return {
    id: 'role.read-only',
    severity: 'warning',
    title: 'sessions are read-only (default_transaction_read_only)',
    reason:
      'every write fails (SQLSTATE 25006); some platforms switch this on when the disk is full',
    fix: "if nobody meant it: look at the server's disk, then set default_transaction_read_only = off for the server, the database or the role",
    evidence: { isReadOnly: true },
  }
}

function lag({ replication }: DatabaseFacts): Found {
  const lagMs = replication?.lagMs ?? 0
  if (lagMs < LAG.warningMs) return undefined
  return {
    id: 'role.lag',
    severity: lagMs >= LAG.criticalMs ? 'critical' : 'warning',
    title: `the standby is ${durationInWords(lagMs)} behind`,
    reason: 'whoever reads here does not see what was committed since',
    fix: "look for long statements on the standby that hold replay up, and for the network between; Hale's manager leaves a replica out beyond `maxReplicaLagMs`",
    evidence: { lagMs },
  }
}

function noStandby({ replication }: DatabaseFacts): Found {
  if (!replication?.isSynchronous || replication.synchronousStandbys !== 0) return undefined
  return {
    id: 'replication.no-synchronous-standby',
    severity: 'critical',
    title: 'commits wait for a standby, and none is connected',
    reason: 'every commit hangs until one is there, with its locks and its connection',
    fix: 'bring the standby back, or empty synchronous_standby_names and call pg_reload_conf()',
    evidence: { synchronousStandbys: 0, standbys: replication.standbys },
  }
}

function asynchronous({ settings }: DatabaseFacts): Found {
  if (settings?.synchronousCommit !== 'off') return undefined
  return {
    id: 'server.asynchronous-commit',
    severity: 'info',
    title: 'commits are confirmed before they are on disk (synchronous_commit = off)',
    reason:
      'a crash of the server loses the last fraction of a second of what was confirmed; nothing is corrupted',
    fix: 'fine if it was meant; else synchronous_commit = on',
    evidence: { synchronousCommit: 'off' },
  }
}
