import type { DashboardDelta, DashboardState } from '../src/index.ts'
import { applyDelta } from './apply-delta.ts'

/** Reads an event stream as a browser does, and keeps the state that it leads to. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<string>
  #text = ''
  #state: DashboardState | undefined

  constructor({ body }: Response) {
    if (body === null) throw new Error('no stream')
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader()
  }

  /** The first state for which `isIt` holds. */
  async until(isIt: (state: DashboardState) => boolean): Promise<DashboardState> {
    for (;;) {
      const state = await this.#next()
      if (isIt(state)) return state
    }
  }

  /** Resolves when the server ends the stream. */
  async ended(): Promise<void> {
    while (!(await this.#reader.read()).done) {}
  }

  cancel(): Promise<void> {
    return this.#reader.cancel()
  }

  async #next(): Promise<DashboardState> {
    for (;;) {
      const end = this.#text.indexOf('\n\n')
      if (end >= 0) {
        const block = this.#text.slice(0, end)
        this.#text = this.#text.slice(end + 2)
        const [, event, data] = /event: (\w+)\ndata: (.*)$/.exec(block) ?? []
        if (data !== undefined) return this.#take(event, data)
      } else {
        const { done, value } = await this.#reader.read()
        if (done) throw new Error('the stream has ended')
        this.#text += value
      }
    }
  }

  #take(event: string | undefined, data: string): DashboardState {
    if (event === 'state') this.#state = JSON.parse(data) as DashboardState
    else if (this.#state === undefined) throw new Error('a delta came before the state')
    else this.#state = applyDelta(this.#state, JSON.parse(data) as DashboardDelta)
    return this.#state
  }
}
