import type { TimelineEntry } from '../../src/state/dashboard-state.ts'
import { startedAt } from './started-at.ts'

/** What became of the connections of `troubledPool` in the last hour. */
export const troubledTimeline: readonly TimelineEntry[] = [
  entryOf(
    9,
    4_000,
    'condemned',
    'warning',
    7,
    13,
    'latency',
    'Connection 7 was condemned because it was slower than its peers: it lost 9 of 9 network probes against a sound connection, 41 ms beside 0.3 ms. It is in use, so it leaves when it is released.',
  ),
  entryOf(
    8,
    9_000,
    'opened',
    'info',
    13,
    null,
    null,
    'Connection 13 was opened in 9 ms, to replace connection 7 if that has to leave.',
  ),
  entryOf(
    7,
    1_978_000,
    'opened',
    'info',
    12,
    null,
    null,
    'Connection 12 was opened in 11 ms, 38 ms after connection 2 had left.',
  ),
  entryOf(
    6,
    1_979_000,
    'evicted',
    'warning',
    2,
    12,
    'unresponsive',
    'Connection 2 was evicted because an empty query got no answer in time: no answer within 500 ms (verify). It lived 42 min, was lent 1904 times and ran 2310 statements. Nobody held it, so no caller noticed. Connection 12 was open in its place 38 ms later.',
  ),
  entryOf(
    5,
    2_760_000,
    'retired',
    'info',
    1,
    11,
    'lifetime',
    'Connection 1 was retired because it had reached the end of its lifetime. It lived 29 min, was lent 1204 times and ran 1204 statements. Connection 11, opened 40 ms before, took its place.',
  ),
  entryOf(
    4,
    3_300_000,
    'timed-out',
    'critical',
    null,
    null,
    null,
    '3 callers waited 30 s in vain: all 20 connections were in use.',
  ),
]

function entryOf(
  id: number,
  agoMs: number,
  kind: TimelineEntry['kind'],
  severity: TimelineEntry['severity'],
  connectionId: number | null,
  successorId: number | null,
  cause: TimelineEntry['cause'],
  text: string,
): TimelineEntry {
  return { id, at: startedAt - agoMs, kind, severity, connectionId, successorId, cause, text }
}
