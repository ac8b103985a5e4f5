import type { DashboardPool } from '../dashboard-pool.ts'
import type { OperatorAction } from '../state/dashboard-state.ts'

/** What came of an action. */
export interface Outcome {
  readonly isDone: boolean
  /** A sentence for whoever asked. */
  readonly message: string
  /** A sentence for the timeline, after the operator's name. */
  readonly story: string
}

/** Does to the pool what an operator asks for. */
export function performAction(pool: DashboardPool, action: OperatorAction): Outcome {
  switch (action.verb) {
    case 'recycle':
      return recycle(pool, action.connectionId)
    case 'evict-all':
      pool.evictAll()
      return done(
        'Every connection is replaced: idle ones now, the others when they come back.',
        'had every connection replaced',
      )
    case 'observe':
    case 'enforce':
      return turnTo(pool, action.verb)
    default:
      return action.verb satisfies never
  }
}

function recycle(pool: DashboardPool, connectionId: number | undefined): Outcome {
  if (connectionId === undefined || !pool.recycle(connectionId)) {
    return { isDone: false, message: `There is no connection ${connectionId} any more.`, story: '' }
  }
  return done(
    `Connection ${connectionId} is replaced as soon as its successor is open and nobody holds it.`,
    `had connection ${connectionId} replaced`,
  )
}

function turnTo(pool: DashboardPool, mode: 'observe' | 'enforce'): Outcome {
  pool.mode = mode
  return mode === 'observe'
    ? done(
        'The pool only observes now: verdicts are published and not carried out.',
        'had the pool only observe',
      )
    : done('The pool enforces now: verdicts are carried out.', 'had the pool enforce its verdicts')
}

function done(message: string, story: string): Outcome {
  return { isDone: true, message, story }
}
