import { createRequire } from 'node:module'
import { context, trace } from '@opentelemetry/api'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg'
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type pg from 'pg'
import { createContextManager } from './async-context.ts'

/** Takes spans and forgets them: what an exporter costs depends on where they go. */
class ForgetfulExporter implements SpanExporter {
  readonly names: Set<string> = new Set()

  export(...[spans, done]: Parameters<SpanExporter['export']>): void {
    for (const { name } of spans) this.names.add(name)
    done({ code: 0 })
  }
  async shutdown(): Promise<void> {}
}

const exporter = new ForgetfulExporter()
const provider = new TracerProvider({
  sampler: new AlwaysOnSampler(),
  spanProcessors: [new BatchSpanProcessor({ exporter })],
})
trace.setGlobalTracerProvider(provider)
context.setGlobalContextManager(createContextManager().enable())
registerInstrumentations({ instrumentations: [new PgInstrumentation()] })
// only what is required from here on is instrumented
const { Pool } = createRequire(import.meta.url)('pg') as typeof pg

/**
 * A `pg.Pool` under OpenTelemetry's instrumentation, which makes a span of each statement and each lease.
 * @throws {Error} when it makes none
 */
export async function openTracedPool(config: pg.PoolConfig): Promise<pg.Pool> {
  const pool = new Pool(config)
  await pool.query('select 1')
  await provider.forceFlush()
  const names = [...exporter.names]
  for (const kind of ['pg.query', 'pg-pool.connect']) {
    if (!names.some((name) => name.startsWith(kind))) {
      throw new Error(`OpenTelemetry made no span ${kind}, but ${names.join(', ') || 'none'}`)
    }
  }
  return pool
}
