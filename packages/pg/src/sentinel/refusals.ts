import { classifyFault } from '@hale/core'
import { SessionLostError } from './session.ts'

/** The server said no, and the session goes on. */
export function isRefusal(error: unknown): error is Error {
  if (error instanceof SessionLostError) return false
  const { sqlState, endsSession } = classifyFault(error)
  return sqlState !== undefined && !endsSession
}

/** Of a refusal: it took too long, or something ran short, so that it need not be refused the next time. */
export function isPassing(error: Error): boolean {
  const { sqlState = '' } = classifyFault(error)
  return sqlState === '57014' || sqlState === '55P03' || /^(?:40|53)/.test(sqlState)
}

/** The reason that a limit names. */
export function refusedBy(error: Error): string {
  return `refused (${classifyFault(error).sqlState})`
}
