/** A request in the words that all servers share. */
export interface Asked {
  readonly method: string
  /** As the server got it, with its query. */
  readonly url: string
  readonly headers: Headers
  /** Of the peer's socket, never of a header; `undefined` where nobody told. */
  readonly remoteAddress: string | undefined
  /** What the server itself calls the request. */
  readonly native: unknown
  /** `undefined` for a body that is longer than `maxBytes`. */
  readBody(maxBytes: number): Promise<string | undefined>
}

/** What is answered: a text, or a stream of events. */
export interface Answer {
  readonly status: number
  /** Several values of one name are several headers, as cookies are. */
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: string
  /** Whether the event stream follows. */
  readonly isStream?: true
}
