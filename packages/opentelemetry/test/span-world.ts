import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  type TimedEvent,
  TracerProvider,
} from '@opentelemetry/sdk-trace'

/** Callers who are traced by the real SDK. */
export class SpanWorld {
  readonly #provider: TracerProvider

  constructor(options: { sampled?: boolean } = {}) {
    const sampler = options.sampled === false ? new AlwaysOffSampler() : new AlwaysOnSampler()
    this.#provider = new TracerProvider({ sampler })
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
