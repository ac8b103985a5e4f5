import { EventEmitter } from 'eventemitter3'
import type { HealthEvent, HealthEventOf, HealthEventType } from './events.ts'

/** What listeners of each event type are called with. */
export type HealthEventMap = {
  readonly [Type in HealthEventType]: (event: HealthEventOf<Type>) => void
}

/** A listener of one event type. What it gives back is ignored, save that a promise may reject. */
export type HealthListener<Type extends HealthEventType> = EventEmitter.EventListener<
  HealthEventMap,
  Type
>

/** A second way out for every event, as to `node:diagnostics_channel`. */
export interface EventMirror {
  /** Whether anybody would take an event of this type. Called often, so it has to be cheap. */
  hears(type: HealthEventType): boolean
  publish(event: HealthEvent): void
}

type AnyListener = (this: unknown, event: never) => unknown
type Contained = (this: unknown, event: HealthEvent) => void

/**
 * An eventemitter3 for health events whose listeners cannot do harm: one that throws, or gives back
 * a promise that rejects, is counted in `listenerErrors`; the listeners after it are called all the
 * same and the publisher notices nothing.
 */
export class HealthEventEmitter extends EventEmitter<HealthEventMap> {
  readonly #mirror: EventMirror | undefined
  // A listener has one contained form however often it is added, so that `off` finds it again.
  readonly #containedOf = new WeakMap<AnyListener, Contained>()
  readonly #listenerOf = new WeakMap<AnyListener, AnyListener>()
  #listenerErrors = 0

  constructor(options: { readonly mirror?: EventMirror | undefined } = {}) {
    super()
    this.#mirror = options.mirror
  }

  /** Errors of listeners and of the mirror that were contained so far. */
  get listenerErrors(): number {
    return this.#listenerErrors
  }

  /**
   * Whether publishing an event of this type would reach anybody; building it can be spared
   * otherwise.
   */
  hears(type: HealthEventType): boolean {
    return this.listenerCount(type) > 0 || this.#isMirrored(type)
  }

  /** Hands the event to its listeners in the order in which they were added, then to the mirror. */
  publish(event: HealthEvent): void {
    // Sound for each type; the compiler only sees the union of all types.
    this.emit(event.type, event as never)
    if (!this.#isMirrored(event.type)) return
    try {
      this.#mirror?.publish(event)
    } catch {
      this.#listenerErrors += 1
    }
  }

  override on<Type extends HealthEventType>(
    type: Type,
    listener: HealthListener<Type>,
    context?: unknown,
  ): this {
    return super.on(type, this.#contain(listener), context)
  }

  override addListener<Type extends HealthEventType>(
    type: Type,
    listener: HealthListener<Type>,
    context?: unknown,
  ): this {
    return this.on(type, listener, context)
  }

  override once<Type extends HealthEventType>(
    type: Type,
    listener: HealthListener<Type>,
    context?: unknown,
  ): this {
    return super.once(type, this.#contain(listener), context)
  }

  override off<Type extends HealthEventType>(
    type: Type,
    listener?: HealthListener<Type>,
    context?: unknown,
    once?: boolean,
  ): this {
    const contained = listener === undefined ? undefined : this.#contain(listener)
    return super.removeListener(type, contained, context, once)
  }

  /** As `off`; eventemitter3 itself calls it for listeners added by `once`. */
  override removeListener<Type extends HealthEventType>(
    type: Type,
    listener?: HealthListener<Type>,
    context?: unknown,
    once?: boolean,
  ): this {
    return this.off(type, listener, context, once)
  }

  /** The listeners as they were added. */
  override listeners<Type extends HealthEventType>(type: Type): HealthListener<Type>[] {
    return super.listeners(type).map((contained) => {
      return (this.#listenerOf.get(contained) ?? contained) as HealthListener<Type>
    })
  }

  #isMirrored(type: HealthEventType): boolean {
    if (this.#mirror === undefined) return false
    try {
      return this.#mirror.hears(type)
    } catch {
      this.#listenerErrors += 1
      return false
    }
  }

  #contain(listener: AnyListener): Contained {
    if (typeof listener !== 'function') throw new TypeError('the listener must be a function')
    if (this.#listenerOf.has(listener)) return listener as Contained // eventemitter3's own call
    const known = this.#containedOf.get(listener)
    if (known !== undefined) return known
    const emitter = this
    const contained: Contained = function (this: unknown, event) {
      emitter.#call(listener, this, event)
    }
    this.#containedOf.set(listener, contained)
    this.#listenerOf.set(contained, listener)
    return contained
  }

  #call(listener: AnyListener, context: unknown, event: HealthEvent): void {
    try {
      const result: unknown = listener.call(context, event as never)
      if (isThenable(result)) result.then(undefined, () => this.#count())
    } catch {
      this.#count()
    }
  }

  #count(): void {
    this.#listenerErrors += 1
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  )
}
