import { durationInWords } from '@hale/core'
import type { DatabaseFacts, NetworkFacts, Spread } from '../facts/database-facts.ts'
import type { Check, Finding } from '../finding.ts'

type Id = 'network.slow' | 'network.jitter' | 'network.slow-connect' | 'network.addresses'

/** A statement waits for one of these, a transaction for three or more. */
const SLOW_MS = 20
/** The tail may be so many times the median, and a few ms in any case, before it is called jitter. */
const JITTER_RATIO = 4
const JITTER_MS = 5
const SLOW_CONNECT_MS = 500

export const networkCheck: Check<Id> = {
  finds: {
    'network.slow': `the median round trip takes ${SLOW_MS} ms or longer`,
    'network.jitter': `the slowest in twenty round trips take over ${JITTER_RATIO} times the median, and ${JITTER_MS} ms more, both of empty queries and of \`select 1\``,
    'network.slow-connect': `a connection takes ${SLOW_CONNECT_MS} ms or longer to open`,
    'network.addresses': 'the host name stands for several addresses',
  },
  examine(facts) {
    const { network } = facts
    const findings = [slow(facts), jitter(network), slowConnect(network), addresses(network)]
    return findings.filter((finding) => finding !== undefined)
  },
}

type Found = Finding<Id> | undefined

function slow({ network, pooler }: DatabaseFacts): Found {
  const { p50Ms } = network.roundTrip
  if (p50Ms < SLOW_MS) return undefined
  return {
    id: 'network.slow',
    severity: 'warning',
    title: `a round trip takes ${durationInWords(p50Ms)}`,
    reason: `each statement takes at least that long, and a transaction of one statement three times: its connection is leased for ${durationInWords(3 * p50Ms)} or longer`,
    fix: `run the application near to the database${pooler ? ' and its pooler' : ''}; else send fewer statements per transaction`,
    evidence: samplesOf(network),
  }
}

function jitter(network: NetworkFacts): Found {
  const { roundTrip, smallQuery } = network
  if (!isJittery(roundTrip) || !isJittery(smallQuery)) return undefined
  return {
    id: 'network.jitter',
    severity: 'warning',
    title: `round trips vary: ${durationInWords(roundTrip.p50Ms)} at the median, ${durationInWords(roundTrip.p95Ms)} for the slowest in twenty`,
    reason:
      'a network that drops packets or a machine that is short of CPU time on either side; it looks like slow statements',
    fix: 'run this again at a quiet time; if it stays, look at lost packets (retransmissions) and at CPU limits (throttling) on both sides',
    evidence: samplesOf(network),
  }
}

function slowConnect({ lookupMs, tcpMs, tlsMs, startMs, connectMs }: NetworkFacts): Found {
  if (connectMs < SLOW_CONNECT_MS) return undefined
  return {
    id: 'network.slow-connect',
    severity: 'warning',
    title: `a connection takes ${durationInWords(connectMs)} to open`,
    reason:
      'whoever needs one while none is open waits that long, and after an outage everybody does',
    fix: 'keep some open (`min`); the numbers tell which part is slow: the lookup of the name, TCP, TLS, or the start of the session',
    evidence: { lookupMs, tcpMs, tlsMs, startMs, connectMs },
  }
}

function addresses({ addresses: several }: NetworkFacts): Found {
  if (several === undefined || several < 2) return undefined
  return {
    id: 'network.addresses',
    severity: 'info',
    title: `the host name stands for ${several} addresses`,
    reason:
      'connections may lead to different servers, and a name that moves to another server leaves the open connections where they are',
    fix: "say which server is wanted (`targetSessionAttrs: 'read-write'` for the primary), and let connections end in time (`recycling.maxLifetimeMs`)",
    evidence: { addresses: several },
  }
}

function samplesOf({ roundTrip, smallQuery }: NetworkFacts): Finding['evidence'] {
  const { p50Ms, p95Ms, maxMs } = roundTrip
  return {
    p50Ms,
    p95Ms,
    maxMs,
    smallQueryP50Ms: smallQuery.p50Ms,
    smallQueryP95Ms: smallQuery.p95Ms,
  }
}

/** A single hiccup, of whichever side, is in one of two series at most. */
function isJittery({ p50Ms, p95Ms }: Spread): boolean {
  return p95Ms > p50Ms * JITTER_RATIO && p95Ms > p50Ms + JITTER_MS
}
