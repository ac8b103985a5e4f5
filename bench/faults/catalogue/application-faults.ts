import { setTimeout as pause } from 'node:timers/promises'
import { waitFor } from '@hale/testkit'
import { poolSize, queryTimeoutMs } from '../contender-run.ts'
import { type Fault, strikeAt, toEach } from '../fault.ts'
import { now } from '../messages.ts'

const longStatements = 3
const leftOpen = 5
const refusedBegins = poolSize + 2
const blockedMs = 5_000
const frozenMs = 30_000
const beginning = /^\s*(begin|start transaction)/i

const none = {
  detectMs: undefined,
  healMs: 2_000,
  stallMs: 2_000,
}

export const applicationFaults: readonly Fault[] = [
  {
    id: 'query-timeout',
    title: '`query_timeout` fires',
    what: `${longStatements} callers give up statements of 60 s after ${queryTimeoutMs / 1_000} s and release their connections`,
    answer: 'the statement is cancelled on the server, then the connection is lent again',
    promised: { ...none, because: 'a cancel is one round trip' },
    watchMs: queryTimeoutMs + 10_000,
    strike: toEach(async (run) => {
      const at = now()
      for (let n = 0; n < longStatements; n++) run.runErrand({ kind: 'run long', ms: 60_000 })
      return { at, links: [], unavoidable: () => 0 }
    }),
  },
  {
    id: 'released-in-transaction',
    title: 'a client is released in transaction',
    what: `${leftOpen} callers begin, write, and give the connection back without an end`,
    answer: 'rolled back before it is lent again, and reported as `transaction_leak`',
    promised: { ...none, detectMs: 1_000, because: 'the wire says so at release' },
    watchMs: 6_000,
    strike: toEach(async (run) => {
      const at = now()
      for (let n = 0; n < leftOpen; n++) {
        run.runErrand({ kind: 'leave open' })
        await pause(50)
      }
      return { at, links: [], unavoidable: () => 0 }
    }),
  },
  {
    id: 'failed-begin',
    title: 'BEGIN fails',
    what: `the server refuses ${refusedBegins} BEGINs, more than the pool has connections`,
    answer: 'the caller is told, the connection goes back',
    promised: { ...none, because: 'a refused statement is the statement’s own fault' },
    watchMs: 8_000,
    strike: toEach(async (run) => {
      const at = now()
      let refused = 0
      run.onStatement((link, text) => {
        if (!beginning.test(text)) return
        link.refuseStatement('53200', 'out of memory')
        refused += 1
        if (refused === refusedBegins) run.onStatement(undefined)
      })
      return { at, links: [], unavoidable: () => refused }
    }),
  },
  {
    id: 'ddl',
    title: 'DDL invalidates plans',
    what: 'the type of a column that prepared statements return is changed',
    answer: 'a connection whose plan went stale is replaced when it is released',
    promised: {
      ...none,
      healMs: 4_000,
      because:
        'each connection that has prepared it meets it once; postgres.js prepares it anew and sends it again, which Hale never does',
    },
    watchMs: 6_000,
    strike: toEach(async (run, { admin }) => {
      const { account, proxy } = run
      const strike = strikeAt(run, [])
      // every connection that has prepared it is told once: nobody else can know
      const prepared = proxy.links.filter((link) => link.statements.parse > 0).length
      await admin.query(`alter table ${account.user}.planned alter column note type text`)
      return { ...strike, unavoidable: () => prepared }
    }),
  },
  {
    id: 'blocked-loop',
    title: `the event loop is blocked for ${blockedMs / 1_000} s`,
    what: 'the process computes for 5 s and does nothing else',
    answer:
      'our own standing still is blamed on nobody, and sockets are read before anything is concluded',
    promised: {
      ...none,
      healMs: blockedMs + 3_000,
      because: 'the time itself; what has arrived meanwhile is read first',
    },
    watchMs: blockedMs + 6_000,
    strike: toEach(async (run) => {
      const at = now()
      run.runErrand({ kind: 'block', ms: blockedMs })
      await waitFor(() => run.errandsOut === 0 || !run.isAlive, { timeoutMs: 30_000 })
      return { at, links: [], unavoidable: () => 0, stoodStillMs: blockedMs }
    }),
  },
  {
    id: 'frozen-process',
    title: `the process is frozen for ${frozenMs / 1_000} s`,
    what: 'the process is stopped (SIGSTOP) and goes on after 30 s (SIGCONT)',
    answer:
      'no deadline passes and nobody is blamed; connections are verified before they are lent',
    promised: {
      ...none,
      healMs: frozenMs + 3_000,
      because: 'the time itself; then connections are verified with one round trip each',
    },
    watchMs: frozenMs + 6_000,
    strike: toEach(async (run) => {
      const at = now()
      run.signal('SIGSTOP')
      await pause(frozenMs)
      run.signal('SIGCONT')
      return { at, links: [], unavoidable: () => 0, stoodStillMs: frozenMs }
    }),
  },
]
