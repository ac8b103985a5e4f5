import type { SimulatedServer } from './simulated-server.ts'

type TextRow = Readonly<Record<string, string | null>>

/** A statement as Hale's sentinel sends it. */
export interface SentinelQuestion {
  readonly text: string
  readonly values?: readonly unknown[]
}

/** CPU that a question of the sentinel takes the server, ms: bench/sentinel measures it with 100 connections. */
export const sentinelCpuMs = 0.5

/**
 * What the simulated server tells Hale's sentinel: who it is, and which backends are there. Nobody waits for
 * locks here, and of itself it tells nothing.
 */
export function answerSentinel(
  { text, values = [] }: SentinelQuestion,
  server: SimulatedServer,
  processId: number,
  now: number,
): readonly TextRow[] {
  if (text.includes('pg_postmaster_start_time')) return [greetingOf(server, processId, now)]
  if (!text.includes('pg_stat_get_activity') || values.length === 0) return [{}]
  const told = idsIn(values[1]).flatMap((pid) => activityOf(server, pid))
  return [...told, { pid: null, started_at: `${now}`, took_ms: `${sentinelCpuMs}` }]
}

function greetingOf({ startedAt }: SimulatedServer, processId: number, now: number): TextRow {
  return {
    pid: `${processId}`,
    version: '180004',
    version_text: '18.4',
    in_recovery: 'f',
    started_at: `${startedAt}`,
    uptime_ms: `${now - startedAt}`,
    sees_all: 't',
  }
}

function activityOf(server: SimulatedServer, processId: number): TextRow[] {
  const backend = server.backend(processId)
  if (backend === undefined) return []
  const { state, stateAt, startedAt } = backend
  return [
    {
      pid: `${processId}`,
      state,
      wait_type: state === 'idle' ? 'Client' : null,
      wait: state === 'idle' ? 'ClientRead' : null,
      started_at: `${startedAt}`,
      transaction_at: state === 'idle' ? null : `${stateAt}`,
      statement_at: null,
      xmin_age: null,
      state_at: `${stateAt}`,
    },
  ]
}

/** An array of numbers as PostgreSQL takes it: `{1,2}`. */
function idsIn(value: unknown): number[] {
  if (typeof value !== 'string' || value === '{}') return []
  return value.slice(1, -1).split(',').map(Number)
}
