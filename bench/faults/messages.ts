import type { ContenderName, ContenderOptions } from '../contenders/contender.ts'

/** What a contender's process is started with. */
export interface ProcessTask {
  readonly contender: ContenderName
  readonly options: Omit<ContenderOptions, 'onNoticed'>
}

export type OperationKind = 'read' | 'prepared read' | 'write' | 'transaction'

/** One operation of the workload, from its call to its answer; instants of `now()`. */
export interface Operation {
  readonly kind: OperationKind
  readonly startedAt: number
  /** `undefined` for one that had not ended when its process was last heard of. */
  readonly endedAt: number | undefined
  /** What the caller was told; `undefined` for success. */
  readonly error?: string
  /** Tags that it wrote, all or none of them. */
  readonly tags: readonly string[]
}

/** Something that the stage has a contender do on top of its workload. */
export type Errand =
  /** A statement that takes `ms` on the server. */
  | { readonly kind: 'run long'; readonly ms: number }
  /** A transaction that is idle for `ms` before its last statement. */
  | { readonly kind: 'hold transaction'; readonly ms: number }
  /** A transaction whose COMMIT takes a second on the server. */
  | { readonly kind: 'commit slowly' }
  /** The bug of an application that gives a connection back inside of BEGIN. */
  | { readonly kind: 'leave open' }
  /** Occupies the event loop. */
  | { readonly kind: 'block'; readonly ms: number }

export type ToContender =
  | { readonly type: 'go' | 'rest' | 'stop' }
  | { readonly type: 'errand'; readonly errand: Errand }
  /** Asks for as many backends at the same time as the pool may have. */
  | { readonly type: 'count slots' }

export type FromContender =
  | { readonly type: 'ready' }
  | { readonly type: 'began'; readonly id: number; readonly operation: Operation }
  | { readonly type: 'ended'; readonly id: number; readonly operation: Operation }
  | { readonly type: 'rested' }
  | { readonly type: 'noticed'; readonly at: number; readonly what: string }
  | { readonly type: 'errand ended'; readonly error?: string }
  | { readonly type: 'stopped' }
  | { readonly type: 'slots'; readonly slots: number }
  | { readonly type: 'dying'; readonly error: string }

/** How tags end whose transaction nobody ends. */
export const leftOpenEnding = '-left-open'

/** Several facts in one message, so that a busy workload does not spend its time on telling. */
export type Facts = readonly FromContender[]

/** Monotonic ms, the same in every process of this machine. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
