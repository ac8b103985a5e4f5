/** What is answered: a status, and what becomes the JSON of the body. */
export interface HealthAnswer {
  readonly status: 200 | 503
  readonly body: object
  readonly headers?: Readonly<Record<string, string>>
}

/** What of Node's response is used; that of `node:http`, `node:http2`, Express and Connect fits. */
export interface NodeResponse {
  readonly headersSent: boolean
  writeHead(status: number, headers: Record<string, string>): unknown
  end(body?: string): unknown
}

/**
 * One function for every kind of server: for Node's `(request, response)` (`node:http`, Express, Connect), a
 * Hono context, or a Fetch `Request` (Next.js route handlers, Bun, Deno).
 *
 * Answers GET and HEAD, 405 to anything else; never throws, never waits, and is never to be cached.
 */
export interface HealthHandler {
  (request: { readonly method?: string | undefined }, response: NodeResponse): void
  (context: { readonly req: { readonly method: string } }): Response
  (request: Request): Response
}

type Asked =
  | { readonly method?: string | undefined }
  | { readonly req: { readonly method: string } }

/** Serves what `answer` says at the time of each request. */
export function healthHandler(answer: () => HealthAnswer): HealthHandler {
  function handle(asked: Asked, response: unknown): Response | undefined {
    const method = ('req' in asked ? asked.req : asked).method ?? 'GET'
    const { status, headers, text } = render(method, answer)
    const body = method === 'HEAD' ? undefined : text
    // told apart by what comes second, which Hono, Next.js, Bun and Deno fill with something else
    if (!isNodeResponse(response)) return new Response(body, { status, headers })
    if (response.headersSent) return undefined // somebody else has answered
    response.writeHead(status, headers)
    response.end(body)
    return undefined
  }
  return handle as HealthHandler
}

interface Rendered {
  readonly status: number
  readonly headers: Record<string, string>
  readonly text: string
}

function render(method: string, answer: () => HealthAnswer): Rendered {
  const common = { 'cache-control': 'no-store', 'content-type': 'application/json' }
  if (method !== 'GET' && method !== 'HEAD') {
    const text = '{"error":"method not allowed"}'
    return { status: 405, headers: { ...common, allow: 'GET, HEAD', ...lengthOf(text) }, text }
  }
  const { status, body, headers } = answer()
  const text = JSON.stringify(body)
  return { status, headers: { ...common, ...headers, ...lengthOf(text) }, text }
}

function lengthOf(text: string): { readonly 'content-length': string } {
  return { 'content-length': String(Buffer.byteLength(text)) }
}

function isNodeResponse(value: unknown): value is NodeResponse {
  if (typeof value !== 'object' || value === null) return false
  return 'writeHead' in value && typeof value.writeHead === 'function'
}
