import { isPlainObject } from '@hale/core'
import type { OperatorAction } from '../state/dashboard-state.ts'

const verbs: readonly OperatorAction['verb'][] = ['recycle', 'evict-all', 'observe', 'enforce']
const names = ['pool', 'verb', 'connectionId']

/** The action that the text of a request asks for, or why it is none. */
export function readAction(text: string): OperatorAction | string {
  const value = parsed(text)
  if (typeof value !== 'object' || value === null || !isPlainObject(value))
    return 'the body must be a JSON object'
  const { pool, verb: given, connectionId } = value as Record<string, unknown>
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown !== undefined) return 'the body has a member that is not known'
  const verb = verbs.find((each) => each === given)
  if (verb === undefined) return `verb must be one of ${verbs.join(', ')}`
  if (typeof pool !== 'string') return 'pool must be the name of a pool'
  if (verb !== 'recycle') {
    return connectionId === undefined ? { pool, verb } : 'connectionId is for recycle only'
  }
  if (!Number.isSafeInteger(connectionId)) return 'connectionId must be a whole number'
  return { pool, verb, connectionId: connectionId as number }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
