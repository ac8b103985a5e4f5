import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  type TimedEvent,
} from '@opentelemetry/sdk-trace-base'

/** Callers who are traced by the real SDK. */
export class SpanWorld {
  readonly #provider: BasicTracerProvider

  constructor(options: { sampled?: boolean } = {}) {
    const sampler = options.sampled === false ? new AlwaysOffSampler() : new AlwaysOnSampler()
    this.#provider = new BasicTracerProvider({ sampler })
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  }

  /** Runs `work` within a span; gives back what the span was told. */
  async trace(work: () => unknown): Promise<readonly TimedEvent[]> {
    const span = this.#provider.getTracer('test').startSpan('caller')
    await context.with(trace.setSpan(context.active(), span), async () => await work())
    span.end()
    return 'events' in span ? (span.events as TimedEvent[]) : []
  }

  close(): void {
    context.disable()
  }
}
