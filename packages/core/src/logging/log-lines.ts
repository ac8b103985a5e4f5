import { explain } from '../assessment/explain.ts'
import { count, duration } from '../assessment/in-words.ts'
import type { HealthEvent, HealthEventOf, HealthEventType } from '../events.ts'
import { explainCause } from '../recycling/explain-cause.ts'
import type { RecycleCause } from '../recycling/recycle-cause.ts'
import { clearedLine, raisedLine } from './issue-lines.ts'
import type { LogFields, LogLevel, LogLine } from './log-sink.ts'

/** What happens with each query, or on a timer: no log has room for it. */
type Hot =
  | 'acquire:queued'
  | 'connection:leased'
  | 'connection:released'
  | 'connection:probed'
  | 'sweep:finished'

/** Types of events that are logged. */
export type LoggedType = Exclude<HealthEventType, Hot>

const lines: { readonly [Type in LoggedType]: (event: HealthEventOf<Type>) => LogLine } = {
  'issue:raised': ({ issue }) => raisedLine(issue),
  'issue:cleared': ({ issue }) => clearedLine(issue),
  'connection:opened': ({ connectionId, openMs, replaces }) => {
    const instead = replaces === undefined ? '' : `, to replace connection ${replaces}`
    const message = `Connection ${connectionId} was opened in ${duration(openMs)}${instead}`
    const ofOld = replaces === undefined ? {} : { replaces }
    return line('debug', message, { connectionId, openMs, ...ofOld })
  },
  'connection:open-failed': ({ connectionId, openMs, fault: { kind, sqlState } }) => {
    const code = sqlState === undefined ? '' : ` (${sqlState})`
    const message = `A connection could not be opened: ${inWords(kind)}${code} after ${duration(openMs)}`
    const ofServer = sqlState === undefined ? {} : { sqlState }
    return line('warn', message, { connectionId, openMs, fault: kind, ...ofServer })
  },
  'connection:condemned': ({ connectionId, cause }) => {
    const message = `Connection ${connectionId} is closed as soon as nobody holds it`
    return recycled('debug', message, { connectionId, cause })
  },
  'connection:retired': ({ connectionId, cause, ageMs }) => {
    const message = `Connection ${connectionId} was retired after ${duration(ageMs)}`
    return recycled('debug', message, { connectionId, cause, ageMs })
  },
  'connection:evicted': ({ connectionId, cause, ageMs }) => {
    const message = `Connection ${connectionId} was evicted after ${duration(ageMs)}`
    return recycled('warn', message, { connectionId, cause, ageMs })
  },
  'connection:closed': ({ connectionId, cause, ageMs, hard }) => {
    const byForce = hard ? ' by force' : ''
    const message = `Connection ${connectionId} was closed${byForce} after ${duration(ageMs)}`
    return recycled('debug', message, { connectionId, cause, ageMs, hard })
  },
  'acquire:timed-out': ({ waiterId, waitedMs, waiting }) => {
    const others = waiting === 0 ? 'nobody else waits' : `${waiting} more wait`
    const message = `A caller got no connection within ${duration(waitedMs)}; ${others} for one`
    return line('warn', message, { waiterId, waitedMs, waiting })
  },
  'assessment:changed': ({ connectionId, from, assessment }) =>
    line('debug', explain(assessment), { connectionId, from, status: assessment.status }),
  'server:changed': serverLine,
  'breaker:opened': ({ failures }) => {
    const found = `The server took no connection ${count(failures, 'time')} in a row`
    return line('error', `${found}: callers are told at once that it is gone`, { failures })
  },
  'breaker:closed': () => line('info', 'The server takes connections again', {}),
  'pool:closed': ({ closedHard }) => {
    const message = 'The pool was closed'
    if (closedHard === 0) return line('info', message, { closedHard })
    const under = `${message}, ${count(closedHard, 'connection')} of it under their holders`
    return line('warn', under, { closedHard })
  },
}

/** Types of events that are logged. */
export const loggedTypes: readonly LoggedType[] = Object.freeze(Object.keys(lines) as LoggedType[])

/** What is limited together: a type of event, and of issue. */
export function kindOf(event: HealthEvent): string {
  return 'issue' in event ? `${event.type} ${event.issue.type}` : event.type
}

/** What to write of an event. */
export function logLine(event: HealthEventOf<LoggedType>): LogLine {
  // Sound for each type; the compiler does not follow that event and line belong together.
  const lineOf = lines[event.type] as (event: HealthEventOf<LoggedType>) => LogLine
  return lineOf(event)
}

function line(level: LogLevel, message: string, fields: LogFields): LogLine {
  return { level, message, fields }
}

function recycled(
  level: LogLevel,
  message: string,
  fields: LogFields & { readonly cause: RecycleCause },
): LogLine {
  return line(level, `${message}: ${explainCause(fields.cause)}`, fields)
}

function serverLine({ inHotStandby, serverVersion }: HealthEventOf<'server:changed'>): LogLine {
  const role = inHotStandby === undefined ? 'unknown' : inHotStandby ? 'standby' : 'primary'
  const is = role === 'unknown' ? 'its role is not known' : `it is a ${role} now`
  const version = serverVersion === undefined ? '' : `, PostgreSQL ${serverVersion}`
  const message = `The server has another role, began anew, or is another one: ${is}${version}`
  return line('warn', message, { role, ...(serverVersion === undefined ? {} : { serverVersion }) })
}

function inWords(name: string): string {
  return name.replaceAll('_', ' ')
}
