import pg from 'pg'

/**
 * A session past the proxy, for what is done to the server itself. Opened when it is needed, and anew after it
 * was lost.
 */
export class AdminSession {
  readonly #config: pg.ClientConfig
  #opening: Promise<pg.Client> | undefined

  constructor(config: pg.ClientConfig) {
    this.#config = config
  }

  async query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]> {
    const { rows } = await (await this.client()).query<Row>(text, values)
    return rows
  }

  client(): Promise<pg.Client> {
    this.#opening ??= this.#open()
    return this.#opening
  }

  async close(): Promise<void> {
    const opening = this.#opening
    this.#opening = undefined
    if (opening !== undefined) await (await opening).end()
  }

  async #open(): Promise<pg.Client> {
    const client = new pg.Client(this.#config)
    const forget = (): void => {
      this.#opening = undefined
    }
    client.on('error', forget)
    client.on('end', forget)
    try {
      await client.connect()
    } catch (error) {
      forget()
      throw error
    }
    return client
  }
}
