import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Tells requests that this page made from those that another site had a browser make. */
export class CsrfGuard {
  /** In the page only, so that whoever cannot read the page does not have it; new with every process. */
  readonly token: string = randomBytes(32).toString('base64url')
  readonly #digest: Buffer = digestOf(this.token)

  /** Why an action is refused; `undefined` for one of this page. */
  whyForged(headers: Headers): string | undefined {
    const token = headers.get('x-hale-csrf') ?? ''
    if (!timingSafeEqual(digestOf(token), this.#digest)) {
      return 'the page is from before a restart, or the request is not from the page: load it anew'
    }
    const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
    if (type !== 'application/json') return 'the content type must be application/json'
    return isSameOrigin(headers) ? undefined : 'the request is from another site'
  }
}

/** What the browser says of where a request is from; other clients say nothing. */
function isSameOrigin(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin'
  const origin = headers.get('origin')
  if (origin === null) return true
  // not the scheme, which whoever ends TLS in front of this server has changed
  return URL.canParse(origin) && new URL(origin).host === headers.get('host')?.toLowerCase()
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
