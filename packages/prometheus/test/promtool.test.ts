import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry, type RegistryContentType } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { createPrometheusCollector } from '../src/index.ts'
import { createOpenMetricsRegister } from './open-metrics-register.ts'
import { isPromtoolInstalled, runPromtool, whyNoPromtool } from './promtool.ts'
import { createPool, durations } from './watched-world.ts'

/** A scrape in which every metric has values, some with exemplars. */
async function scrape(register: Registry<RegistryContentType>): Promise<string> {
  const pool = createPool({
    connections: [{ connectionId: 1, assessment: { status: 'healthy' } }],
    issues: [{ type: 'blocked', severity: 'warning' }] as never,
    durations: { waits: durations([2, 1, 0, 4], 90) },
    server: {
      role: 'primary',
      replicationLagMs: 12,
      connections: { max: 100, reserved: 3, used: 7 },
    },
  })
  const exemplars = () => ({ trace_id: 'a"b\\c\nd' })
  createPrometheusCollector({ orders: pool, 'a "b"\n\\c': createPool() }, { register, exemplars })
  pool.monitor.publish({ type: 'acquire:queued', at: 0, waiterId: 1, waiting: 1 })
  const leased = { type: 'connection:leased', at: 0, connectionId: 1 } as const
  pool.monitor.publish({ ...leased, waiterId: 1, waitedMs: 2 })
  return register.metrics()
}

describe.skipIf(!isPromtoolInstalled)(`promtool${whyNoPromtool}`, () => {
  it('finds nothing to improve in a scrape', async () => {
    const text = await scrape(new Registry())
    expect(runPromtool(['check', 'metrics'], text)).toBe('')
  })

  it('reads a scrape in OpenMetrics, exemplars included', async () => {
    const text = await scrape(createOpenMetricsRegister())
    expect(text).toContain(' # {trace_id=')
    const folder = mkdtempSync(join(tmpdir(), 'hale-promtool-'))
    try {
      // promtool reads OpenMetrics only where each sample says when it was taken
      const dated = text.replace(/^([^#\n].*?"\} [\d.e+-]+)(?= # |$)/gm, '$1 1700000000')
      writeFileSync(join(folder, 'scrape'), dated)
      const args = ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'scrape'), folder]
      expect(runPromtool(args)).not.toMatch(/exit code|err/i)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
