import type { Viewer } from '../feed/viewers.ts'
import { textAnswer } from './answers.ts'
import type { Answer, Asked } from './asked.ts'
import { placeOf } from './mount.ts'
import type { Portal } from './portal.ts'
import { readBounded } from './read-bounded.ts'

/**
 * Where the peer's address is to be found, which a `Request` does not have: `{ remoteAddress }`, Deno's
 * `{ remoteAddr: { hostname } }`, Bun's `server.requestIP(request)`, or the `env` of Hono's Node server.
 */
export interface FetchInfo {
  readonly remoteAddress?: string | undefined
  readonly remoteAddr?: { readonly hostname?: string | undefined } | undefined
  readonly address?: string | undefined
  readonly incoming?:
    | { readonly socket?: { readonly remoteAddress?: string | undefined } | undefined }
    | undefined
}

export type FetchHandler = (request: Request, info?: FetchInfo | null) => Promise<Response>

/** Answers through the `Request` and `Response` of the Fetch standard. */
export function createFetchHandler(portal: Portal): FetchHandler {
  return async (request, info) => {
    const place = placeOf(request.url, portal.basePath)
    try {
      const answer = await portal.answer(askedOf(request, info ?? {}), place)
      return responseOf(portal, request, answer)
    } catch {
      return responseOf(portal, request, textAnswer(500, 'This did not work.'))
    }
  }
}

function askedOf(request: Request, info: FetchInfo): Asked {
  const { remoteAddress, remoteAddr, address, incoming } = info
  const headers = new Headers(request.headers)
  if (!headers.has('host')) headers.set('host', new URL(request.url).host) // its URL was made of it
  return {
    method: request.method,
    url: request.url,
    headers,
    remoteAddress:
      remoteAddress ?? remoteAddr?.hostname ?? address ?? incoming?.socket?.remoteAddress,
    native: request,
    readBody: async (maxBytes) =>
      request.body === null ? '' : readBounded(request.body, maxBytes),
  }
}

function responseOf(portal: Portal, request: Request, answer: Answer): Response {
  const { status, body, isStream } = answer
  const headers = new Headers()
  for (const [name, values] of Object.entries(answer.headers)) {
    for (const value of [values].flat()) headers.append(name, value)
  }
  if (request.method === 'HEAD') return new Response(null, { status, headers })
  const content = body === '' ? null : body // which 204 and 304 may not have
  return new Response(isStream === true ? streamOf(portal, request) : content, { status, headers })
}

function streamOf(portal: Portal, request: Request): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let leave = (): void => {}
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const viewer: Viewer = {
          get pendingBytes() {
            return -(controller.desiredSize ?? 0) // nothing is wanted in advance
          },
          write: (chunk) => controller.enqueue(encoder.encode(chunk)),
          end: () => controller.close(),
          // does nothing to a stream that is over
          destroy: () => controller.error(new Error('the viewer did not keep up')),
        }
        leave = portal.join(viewer)
        request.signal.addEventListener('abort', () => leave(), { once: true })
      },
      cancel: () => leave(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
  )
}
