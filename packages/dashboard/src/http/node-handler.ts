import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Viewer } from '../feed/viewers.ts'
import { textAnswer } from './answers.ts'
import type { Answer, Asked } from './asked.ts'
import { placeOf } from './mount.ts'
import type { Portal } from './portal.ts'
import { readBounded } from './read-bounded.ts'

/** What Express, Connect and Fastify's raw objects have in common with Node's own. */
export type NodeHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => void

type Mounted = IncomingMessage & { readonly originalUrl?: string; readonly body?: unknown }

/** Answers through Node's own request and response. */
export function createNodeHandler(portal: Portal): NodeHandler {
  return (request: Mounted, response, next) => {
    const { url = '/', originalUrl } = request
    const place = placeOf(url, portal.basePath, originalUrl)
    if (place === undefined && next !== undefined) {
      next()
      return
    }
    portal
      .answer(askedOf(request), place)
      .then((answer) => respond(portal, request, response, answer))
      .catch(() => {
        if (!response.headersSent) send(request, response, textAnswer(500, 'This did not work.'))
        else response.destroy()
      })
  }
}

function askedOf(request: Mounted): Asked {
  const headers = headersOf(request)
  return {
    method: request.method ?? 'GET',
    url: request.originalUrl ?? request.url ?? '/',
    headers,
    remoteAddress: request.socket.remoteAddress,
    native: request,
    readBody: (maxBytes) => readBody(request, maxBytes),
  }
}

function headersOf({ headers: given }: IncomingMessage): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith(':')) continue // HTTP/2's own
    for (const each of [value ?? []].flat()) headers.append(name, each)
  }
  const authority = given[':authority']
  if (typeof authority === 'string' && !headers.has('host')) headers.set('host', authority)
  return headers
}

/** What a body parser in front of the handler has read already is taken as it is. */
async function readBody(request: Mounted, maxBytes: number): Promise<string | undefined> {
  const { body } = request
  if (body !== undefined && request.readableEnded) return bounded(textOf(body), maxBytes)
  return readBounded(request, maxBytes)
}

function textOf(body: unknown): string {
  if (typeof body === 'string') return body
  return Buffer.isBuffer(body) ? body.toString('utf8') : JSON.stringify(body)
}

function bounded(text: string, maxBytes: number): string | undefined {
  return Buffer.byteLength(text) > maxBytes ? undefined : text
}

function respond(
  portal: Portal,
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
): void {
  if (answer.isStream !== true || request.method === 'HEAD') send(request, response, answer)
  else {
    response.writeHead(answer.status, answer.headers)
    response.flushHeaders()
    stream(portal, response)
  }
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { status, headers, body } = answer
  const length = { 'content-length': String(Buffer.byteLength(body)) }
  // the rest of a body that nobody reads is not waited for
  const isUnread = status >= 400 && !request.complete && request.httpVersionMajor < 2
  const close = isUnread ? { connection: 'close' } : {}
  response.writeHead(status, { ...headers, ...length, ...close })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function stream(portal: Portal, response: ServerResponse): void {
  const viewer: Viewer = {
    get pendingBytes() {
      return response.writableLength
    },
    write: (chunk) => {
      response.write(chunk)
    },
    end: () => response.end(),
    destroy: () => response.destroy(),
  }
  const leave = portal.join(viewer)
  response.once('close', leave)
  response.on('error', leave) // a client that is gone is no error of ours
}
