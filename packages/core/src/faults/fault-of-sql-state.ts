import type { Fault, FaultScope } from './fault.ts'
import { isErrorSeverity, isFatalSeverity } from './severities.ts'
import type { SqlStateEntry } from './sql-states.ts'
import {
  sessionEnders,
  sqlStateClasses,
  sqlStateCodes,
  stalePlan,
  startupRefusals,
  statementTimedOut,
  unlistedSqlState,
  wrongParameters,
} from './sql-states.ts'

/**
 * Faults kept for reuse. A server can invent codes, so there is a bound; past it each call makes
 * one.
 */
const maxSharedFaults = 1_024

/** By SQLSTATE; more than one for a code that is ambiguous or that came with FATAL too. */
const shared = new Map<string, Fault[]>()
let sharedFaults = 0

/** `statement timeout` in the languages that PostgreSQL 15 ships, from its message catalogues. */
const statementTimeoutMessages: ReadonlySet<string> = new Set([
  'canceling statement due to statement timeout', // also ka
  'storniere Anfrage wegen Zeitüberschreitung der Anfrage', // de
  'cancelando la sentencia debido a que se agotó el tiempo de espera de sentencias', // es
  "annulation de la requête à cause du délai écoulé pour l'exécution de l'instruction", // fr
  "annullamento dell'istruzione a causa di timeout", // it
  'ステートメントのタイムアウトのためステートメントをキャンセルしています', // ja
  '명령실행시간 초과로 작업을 취소합니다.', // ko
  'выполнение оператора отменено из-за тайм-аута', // ru
  'avbryter sats på grund av sats-timeout', // sv
  'виконання оператора скасовано через тайм-аут', // uk
  '由于语句执行超时，正在取消查询命令', // zh_CN
])

/** Whether `text` has the form of a SQLSTATE: five digits or capital letters. */
export function isSqlState(text: string): boolean {
  return /^[0-9A-Z]{5}$/.test(text)
}

/**
 * The fault that an ErrorResponse of PostgreSQL stands for. `severity` is the field as received, in
 * the server's language; where it is `undefined` or of no known language, the code alone says
 * whether the session ended. `message` and `routine` are only looked at for codes that mean more
 * than one thing. Total; frozen and shared.
 */
export function faultOfSqlState(
  sqlState: string,
  severity: string | undefined,
  message?: string,
  routine?: string,
): Fault {
  const entry = entryOf(sqlState, message, routine)
  const fatal = isFatalSeverity(severity)
  const scope = fatal ? fatalScope(sqlState, entry.scope) : entry.scope
  const endsSession = fatal || (sessionEnders.has(sqlState) && !isErrorSeverity(severity))
  return share(sqlState, { kind: entry.kind, scope, retryable: entry.retryable, endsSession })
}

function entryOf(sqlState: string, message?: string, routine?: string): SqlStateEntry {
  const special = ambiguous(sqlState, message ?? '', routine)
  if (special !== undefined) return special
  return (
    sqlStateCodes.get(sqlState) ?? sqlStateClasses.get(sqlState.slice(0, 2)) ?? unlistedSqlState
  )
}

function ambiguous(sqlState: string, message: string, routine?: string): SqlStateEntry | undefined {
  switch (sqlState) {
    case '57014':
      return statementTimeoutMessages.has(message) ? statementTimedOut : undefined
    case '0A000': // the routine is right in every language
      return routine === 'RevalidateCachedQuery' ||
        message.startsWith('cached plan must not change')
        ? stalePlan
        : undefined
    case '08P01': // PostgreSQL 18 answers two values for one parameter so; the session is fine
      return routine === 'exec_bind_message' || message.startsWith('bind message ')
        ? wrongParameters
        : undefined
    default:
      return undefined
  }
}

/** FATAL ends the session: what was the statement's fault takes the connection with it. */
function fatalScope(sqlState: string, scope: FaultScope): FaultScope {
  if (scope !== 'statement') return scope
  return startupRefusals.has(sqlState) ? 'unknown' : 'connection'
}

function share(sqlState: string, meaning: Omit<Fault, 'sqlState'>): Fault {
  const { kind, scope, endsSession } = meaning
  const known = shared.get(sqlState)
  const found = known?.find(
    (fault) => fault.scope === scope && fault.kind === kind && fault.endsSession === endsSession,
  )
  if (found !== undefined) return found
  const fault: Fault = Object.freeze(isSqlState(sqlState) ? { ...meaning, sqlState } : meaning)
  if (sharedFaults >= maxSharedFaults || !isSqlState(sqlState)) return fault
  sharedFaults += 1
  if (known === undefined) shared.set(sqlState, [fault])
  else known.push(fault)
  return fault
}
