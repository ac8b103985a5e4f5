import { durationInWords } from '@hale/core'
import type { DatabaseFacts, TlsFacts } from '../facts/database-facts.ts'
import type { Check, Finding } from '../finding.ts'

type Id = 'tls.off' | 'tls.unverified' | 'tls.old-protocol' | 'tls.certificate-ends'

const DAY_MS = 86_400_000
const SOON_MS = 14 * DAY_MS
const URGENT_MS = 3 * DAY_MS
const oldProtocols: readonly string[] = ['SSLv3', 'TLSv1', 'TLSv1.1']

export const tlsCheck: Check<Id> = {
  finds: {
    'tls.off': 'statements and rows cross a network as plain text',
    'tls.unverified': 'TLS is on, but the server need not prove who it is',
    'tls.old-protocol': 'the protocol is older than TLS 1.2',
    'tls.certificate-ends': "the server's certificate ends within 14 days; critical below 3 days",
  },
  examine(facts) {
    const { tls, at } = facts
    const findings = tls.isOn ? [unverified(tls), oldProtocol(tls), ending(tls, at)] : [off(facts)]
    return findings.filter((finding) => finding !== undefined)
  },
}

type Found = Finding<Id> | undefined

function off({ network, settings }: DatabaseFacts): Found {
  if (network.isLocal) return undefined
  const isOffered = settings?.offersTls
  return {
    id: 'tls.off',
    severity: 'warning',
    title: 'the connection has no TLS',
    reason: 'whoever can see the network can read the statements and the rows, and can change them',
    fix:
      isOffered === false
        ? 'switch it on at the server (`ssl = on`), then add `sslmode=verify-full` to the URL'
        : 'add `sslmode=verify-full` to the URL, and `sslrootcert` if the authority is your own',
    evidence: { isOffered },
  }
}

function unverified({ isVerified, protocol }: TlsFacts): Found {
  if (isVerified !== false) return undefined
  return {
    id: 'tls.unverified',
    severity: 'warning',
    title: 'TLS is on, but nobody checks who answers',
    reason:
      'whoever stands in between can pass for the server, and is given the password exchange and all data',
    fix: 'use `sslmode=verify-full` with the authority of the server (`sslrootcert`) in place of `sslmode=no-verify` or `rejectUnauthorized: false`',
    evidence: { protocol },
  }
}

function oldProtocol({ protocol }: TlsFacts): Found {
  if (protocol === undefined || !oldProtocols.includes(protocol)) return undefined
  return {
    id: 'tls.old-protocol',
    severity: 'warning',
    title: `the connection uses ${protocol}`,
    reason: 'it has known weaknesses, and clients stop supporting it',
    fix: "raise `ssl_min_protocol_version` at the server to 'TLSv1.2'",
    evidence: { protocol },
  }
}

function ending({ certificateEndsAt }: TlsFacts, at: number): Found {
  const leftMs = (certificateEndsAt ?? Number.POSITIVE_INFINITY) - at
  if (leftMs >= SOON_MS) return undefined
  return {
    id: 'tls.certificate-ends',
    severity: leftMs < URGENT_MS ? 'critical' : 'warning',
    title: `the server's certificate ${leftMs <= 0 ? 'has ended' : `ends in ${durationInWords(leftMs)}`}`,
    reason:
      'from then on no client that verifies it can connect, while open connections go on: it shows at the next restart',
    fix: 'renew it; `pg_reload_conf()` is enough for the server to take it over',
    evidence: { certificateEndsAt },
  }
}
