import { setTimeout as delay } from 'node:timers/promises'
import type { HealthAwarePool } from '@hale/pg'
import {
  type FaultLink,
  type FaultProxy,
  type SuspendedProcess,
  suspendProcess,
} from '@hale/testkit'
import { withAdmin } from '../ledger.ts'
import type { HistoryRecorder } from '../record/history-recorder.ts'
import type { Fault, FaultStep, Target } from './fault.ts'
import { applyToLink, linksAt } from './link-acts.ts'
import type { Servers } from './servers.ts'
import { StatementCuts } from './statement-cuts.ts'

/** What the nemesis can lay hands on. */
export interface NemesisWorld {
  readonly proxy: FaultProxy
  readonly pool: HealthAwarePool
  readonly servers: Servers
  readonly recorder: HistoryRecorder
  /** To be called before and after `max` changes. */
  noteSize(): void
}

type FaultOf<Kind extends Fault['kind']> = Extract<Fault, { kind: Kind }>

/** Carries a plan out. What cannot be done, because another fault is in its way, is noted as missed. */
export class Nemesis {
  // `ends` has a timer for each fault that lasts, `acting` what is still being done. Faults of the server are
  // done one after the other: `server` resolves after the last one.
  readonly #world: NemesisWorld
  readonly #ends = new Set<NodeJS.Timeout>()
  readonly #acting = new Set<Promise<void>>()
  readonly #suspended = new Set<SuspendedProcess>()
  readonly #cuts = new StatementCuts((ms, undo) => this.#later(ms, undo))
  readonly #max: number
  #server: Promise<void> = Promise.resolve()
  readonly #calmed = new AbortController()

  constructor(world: NemesisWorld) {
    this.#world = world
    this.#max = world.pool.options.max
  }

  /** To be called with every statement, before it is passed on. */
  onStatement(link: FaultLink, text: string): void {
    this.#cuts.meet(link, text)
  }

  /** Resolves after the last step has begun, or once it is calmed. */
  async carryOut(plan: readonly FaultStep[]): Promise<void> {
    const { signal } = this.#calmed
    const startedAt = performance.now()
    for (const step of plan) {
      const waitMs = startedAt + step.atMs - performance.now()
      if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      this.#begin(step)
    }
  }

  /** Ends all that lasts; resolves once the server serves and every link passes everything on. */
  async calm(): Promise<void> {
    this.#calmed.abort()
    this.#cuts.disarm()
    for (const timer of this.#ends) clearTimeout(timer)
    for (const each of this.#suspended) each.resume()
    await Promise.all(this.#acting)
    for (const timer of this.#ends) clearTimeout(timer) // of what was still being done
    const { proxy } = this.#world
    proxy.all.restore()
    await proxy.refuse(false)
    this.#resize(this.#max)
  }

  #begin(step: FaultStep): void {
    const { recorder } = this.#world
    const acting = this.#act(step.fault).then(
      () => recorder.note({ kind: 'fault', step, isMissed: false }),
      () => recorder.note({ kind: 'fault', step, isMissed: true }),
    )
    this.#acting.add(acting)
    void acting.finally(() => this.#acting.delete(acting))
  }

  async #act(fault: Fault): Promise<void> {
    const { pool, proxy, servers } = this.#world
    switch (fault.kind) {
      case 'refuse':
        return this.#refuse(fault)
      case 'cut':
        return this.#cuts.arm(fault)
      case 'terminate':
        return this.#signal('pg_terminate_backend', fault.target)
      case 'cancel':
        return this.#signal('pg_cancel_backend', fault.target)
      case 'suspend':
        return this.#suspend(fault)
      case 'restart':
        return this.#onServer(() => servers.current.restart(fault.mode))
      case 'promote':
        return this.#onServer(() => this.#promote())
      case 'block':
        return block(fault.ms)
      case 'lock':
        return this.#lock(fault.forMs)
      case 'evict-all':
        return pool.evictAll()
      case 'recycle':
        return this.#recycle(fault.target)
      case 'resize':
        return this.#resize(fault.max)
      default:
        applyToLink(fault, proxy, (ms, undo) => this.#later(ms, undo))
    }
  }

  #later(ms: number, undo: () => void): void {
    const timer = setTimeout(() => {
      this.#ends.delete(timer)
      undo()
    }, ms)
    this.#ends.add(timer)
  }

  async #refuse({ how, forMs }: FaultOf<'refuse'>): Promise<void> {
    const { proxy } = this.#world
    if (how === 'reset') proxy.all.refuse()
    else await proxy.refuse()
    this.#later(forMs, () => {
      if (how === 'reset') proxy.all.refuse(false)
      else void proxy.refuse(false)
    })
  }

  async #signal(name: 'pg_terminate_backend' | 'pg_cancel_backend', target: Target): Promise<void> {
    const { proxy, servers } = this.#world
    const pids = linksAt(proxy, target).map(({ processId }) => processId)
    const text = `select ${name}(pid) from unnest($1::int[]) pid`
    await withAdmin(servers.current, (admin) => admin.query(text, [pids]))
  }

  async #suspend({ target, forMs }: FaultOf<'suspend'>): Promise<void> {
    const { proxy, servers } = this.#world
    const [link] = linksAt(proxy, target)
    // a link may outlive its backend, and the pid may be anybody's then
    const text = 'select pid from pg_stat_activity where pid = $1'
    const { rows } = await withAdmin(servers.current, (admin) =>
      admin.query<{ pid: number }>(text, [link?.processId]),
    )
    const [backend] = rows
    if (backend === undefined) throw new Error('no backend')
    if (this.#calmed.signal.aborted) return
    const suspended = suspendProcess(backend.pid)
    this.#suspended.add(suspended)
    this.#later(forMs, () => suspended.resume())
  }

  #onServer(act: () => Promise<void>): Promise<void> {
    const acted = this.#server.then(act)
    this.#server = acted.catch(() => {})
    return acted
  }

  async #promote(): Promise<void> {
    const { proxy, servers } = this.#world
    await servers.promote()
    proxy.setUpstream(servers.current)
  }

  async #lock(forMs: number): Promise<void> {
    const { signal } = this.#calmed
    await withAdmin(this.#world.servers.current, async (stranger) => {
      await stranger.query("begin; set local lock_timeout = '1s'; lock account in exclusive mode")
      await delay(forMs, undefined, { signal }).catch(() => {})
    })
  }

  #resize(max: number): void {
    const { pool, noteSize } = this.#world
    noteSize()
    pool.options.max = max
    noteSize()
  }

  #recycle(target: number): void {
    const { pool } = this.#world
    const { connections } = pool.snapshot()
    const chosen = connections[Math.floor(target * connections.length)]
    if (chosen === undefined) throw new Error('no connection')
    pool.recycle(chosen.connectionId)
  }
}

/** Keeps this process's event loop from doing anything else. */
function block(ms: number): void {
  const endsAt = performance.now() + ms
  while (performance.now() < endsAt);
}
