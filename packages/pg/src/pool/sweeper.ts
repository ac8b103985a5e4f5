import type { ConnectionHealthMonitor, ConnectionSupervisor, Health } from '@hale/core'
import type { RunningTime } from '../running-time.ts'
import type { TimerHandle } from '../time-source.ts'
import type { PoolEngine } from './engine.ts'
import type { EngineOptions } from './engine-ports.ts'
import type { LeakWatch } from './leak-watch.ts'
import type { MemoryWatch } from './memory-watch.ts'

/** The shortest interval, ms. */
const SHORTEST_INTERVAL_MS = 5

/** Whether the interval cannot keep this idle timeout; 0 and `null` are none. */
export function isBrief(idleTimeoutMs: number | null): boolean {
  const ms = idleTimeoutMs ?? 0
  return ms > 0 && ms < 2 * SHORTEST_INTERVAL_MS
}

export interface SweeperPorts {
  readonly engine: PoolEngine
  readonly options: EngineOptions
  readonly health: Health
  readonly time: RunningTime
  readonly monitor: ConnectionHealthMonitor
  readonly supervisor: ConnectionSupervisor
  readonly leaks: LeakWatch
  readonly memory: MemoryWatch
}

/** Has the supervisor pass over the connections again and again, and the engine tend to them. */
export class Sweeper {
  readonly #ports: SweeperPorts
  #timer: TimerHandle | undefined
  #stopped = false

  constructor(ports: SweeperPorts) {
    this.#ports = ports
  }

  start(): void {
    this.#schedule()
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer !== undefined) this.#ports.time.clearTimeout(this.#timer)
  }

  #schedule(): void {
    if (this.#stopped) return
    const { time, health, options } = this.#ports
    // an idle timeout shorter than the interval is still kept with half its length as error
    const idleMs = options.idleTimeoutMillis || Number.POSITIVE_INFINITY
    const everyMs = Math.max(SHORTEST_INTERVAL_MS, Math.min(health.sweepIntervalMs, idleMs / 2))
    this.#timer = time.setTimeout(() => {
      this.sweep()
      this.#schedule()
    }, everyMs)
    this.#timer.unref()
  }

  /** Sweeps once more when a connection that is released now is due, for idle timeouts that are brief. */
  sweepWhenIdle(): void {
    const { time, options } = this.#ports
    const sweepOnce = (): void => {
      if (!this.#stopped) this.sweep()
    }
    time.setTimeout(sweepOnce, Number(options.idleTimeoutMillis) + 1).unref() // timers may be early by a fraction
  }

  sweep(): void {
    const { engine, time, monitor, supervisor } = this.#ports
    const startedAt = time.now()
    const connections = engine.size
    supervisor.sweep(startedAt)
    engine.overdue.pass(startedAt)
    this.#ports.leaks.pass(startedAt)
    this.#ports.memory.pass(startedAt)
    engine.tend()
    if (engine.waitingCount === 0) monitor.clear('pool_exhaustion')
    if (monitor.hears('sweep:finished')) {
      const now = time.now()
      monitor.publish({ type: 'sweep:finished', at: now, connections, tookMs: now - startedAt })
    }
  }
}
