import type { ConnectionHealthMonitor, ConnectionSupervisor, Health } from '@hale/core'
import type { RunningTime } from '../running-time.ts'
import type { TimerHandle } from '../time-source.ts'
import type { PoolEngine } from './engine.ts'
import type { EngineOptions } from './engine-ports.ts'
import type { LeakWatch } from './leak-watch.ts'
import type { MemoryWatch } from './memory-watch.ts'

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
    const everyMs = Math.max(5, Math.min(health.sweepIntervalMs, idleMs / 2))
    this.#timer = time.setTimeout(() => {
      this.sweep()
      this.#schedule()
    }, everyMs)
    this.#timer.unref()
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
