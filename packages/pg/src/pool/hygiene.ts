/**
 * What of a session is reset at release.
 *
 * - `reset-role`: SET ROLE and SET SESSION AUTHORIZATION
 * - `reset-all`: SET of any parameter; those that `onConnect` set are reset as well
 * - `unlisten`: LISTEN
 * - `unlock`: advisory locks of the session
 * - `discard-temp`: temporary tables
 * - `discard-all`: all of these, cursors, cached plans and sequences, as DISCARD ALL does; prepared
 *   statements stay, because pg goes on using those that it prepared
 */
export type Hygiene =
  | 'reset-role'
  | 'reset-all'
  | 'unlisten'
  | 'unlock'
  | 'discard-temp'
  | 'discard-all'

const statements: Readonly<Record<Hygiene, readonly string[]>> = {
  'reset-role': ['SET SESSION AUTHORIZATION DEFAULT', 'RESET ROLE'],
  'reset-all': ['RESET ALL'],
  unlisten: ['UNLISTEN *'],
  unlock: ['SELECT pg_catalog.pg_advisory_unlock_all()'],
  'discard-temp': ['DISCARD TEMP'],
  'discard-all': [
    'CLOSE ALL',
    'SET SESSION AUTHORIZATION DEFAULT',
    'RESET ALL',
    'UNLISTEN *',
    'SELECT pg_catalog.pg_advisory_unlock_all()',
    'DISCARD PLANS',
    'DISCARD TEMP',
    'DISCARD SEQUENCES',
  ],
}

/** In the order in which they are carried out: roles first, because they decide who may do the rest. */
export const hygieneLevels: readonly Hygiene[] = Object.freeze(Object.keys(statements) as Hygiene[])

/** What is sent, in one message; `undefined` for nothing. */
export function hygieneText(levels: readonly Hygiene[]): string | undefined {
  const wanted = levels.includes('discard-all') ? (['discard-all'] as const) : levels
  const sent = hygieneLevels.filter((level) => wanted.includes(level))
  if (sent.length === 0) return undefined
  return sent.flatMap((level) => statements[level]).join('; ')
}
