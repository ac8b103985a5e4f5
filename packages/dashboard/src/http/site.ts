import { type AuthorizeRequest, authorizeVisitor, type Visitor } from '../access/authorization.ts'
import { CsrfGuard } from '../access/csrf-guard.ts'
import { whyRemote } from '../access/why-remote.ts'
import { performAction } from '../actions/perform-action.ts'
import { readAction } from '../actions/read-action.ts'
import type { DashboardPolicy } from '../dashboard-options.ts'
import type { PoolsFeed } from '../feed/pools-feed.ts'
import type { Viewers } from '../feed/viewers.ts'
import { pageHtml, pageScript, pageStyle } from '../page/assets.ts'
import type { OperatorAction } from '../state/dashboard-state.ts'
import { answerOf, jsonAnswer, streamAnswer, textAnswer } from './answers.ts'
import type { Answer, Asked } from './asked.ts'

/** What can be asked for, below the mount, and by which method. */
const methods: Readonly<Record<string, 'GET' | 'POST'>> = {
  '/': 'GET',
  '/page.js': 'GET',
  '/page.css': 'GET',
  '/snapshot.json': 'GET',
  '/events': 'GET',
  '/action': 'POST',
}

/** An action has a few dozen bytes. */
const maxBodyBytes = 8_192

/** Whether there is anything at a path below the mount. */
export function hasPath(path: string): boolean {
  return Object.hasOwn(methods, path)
}

/** Answers requests for the page and its data, whatever server they come through. */
export class Site {
  readonly #feed: PoolsFeed
  readonly #viewers: Viewers
  readonly #policy: DashboardPolicy
  readonly #csrf: CsrfGuard = new CsrfGuard()
  #isClosed = false

  constructor(feed: PoolsFeed, viewers: Viewers, policy: DashboardPolicy) {
    this.#feed = feed
    this.#viewers = viewers
    this.#policy = policy
  }

  close(): void {
    this.#isClosed = true
  }

  /** `path` is one that `hasPath` knows. Never rejects, whatever `authorize` does. */
  async answer(asked: Asked, path: string): Promise<Answer> {
    if (this.#isClosed) return textAnswer(503, 'The dashboard was closed.')
    const remote = this.#policy.allowRemote ? undefined : whyRemote(asked)
    if (remote !== undefined) return textAnswer(403, remote)
    const allowed = methods[path]
    const isRead = asked.method === 'GET' || asked.method === 'HEAD'
    if (allowed === 'POST' ? asked.method !== 'POST' : !isRead) {
      return textAnswer(405, 'This method is not allowed here.', {
        allow: allowed === 'POST' ? 'POST' : 'GET, HEAD',
      })
    }
    if (path === '/action') return this.#act(asked)
    const visitor = await this.#admit(asked, undefined)
    return 'role' in visitor ? this.#read(path, visitor) : visitor
  }

  #read(path: string, visitor: Visitor): Answer {
    switch (path) {
      case '/page.js':
        return answerOf(200, 'text/javascript', pageScript)
      case '/page.css':
        return answerOf(200, 'text/css', pageStyle)
      case '/snapshot.json':
        return answerOf(200, 'application/json', this.#feed.state())
      case '/events':
        return this.#viewers.isFull ? tooMany() : streamAnswer()
      default:
        return answerOf(200, 'text/html', this.#page(visitor))
    }
  }

  /** Who may not act gets no token either. */
  #page({ role }: Visitor): string {
    const token = role === 'operate' ? this.#csrf.token : ''
    return pageHtml.replaceAll('__HALE_CSRF__', token).replaceAll('__HALE_ROLE__', role)
  }

  /** The cheap checks come first: a stranger has no body read, and nothing asked of anybody. */
  async #act(asked: Asked): Promise<Answer> {
    const forged = this.#csrf.whyForged(asked.headers)
    if (forged !== undefined) return refused(403, `Refused: ${forged}.`)
    const text = await asked.readBody(maxBodyBytes)
    if (text === undefined) return refused(413, `The body has more than ${maxBodyBytes} bytes.`)
    const action = readAction(text)
    if (typeof action === 'string') return refused(400, `Not an action: ${action}.`)
    const visitor = await this.#admit(asked, action)
    if (!('role' in visitor)) return visitor
    if (visitor.role !== 'operate') return refused(403, 'You may look, but not act.')
    return this.#perform(action, visitor)
  }

  #perform(action: OperatorAction, { who }: Visitor): Answer {
    const pool = this.#feed.pool(action.pool)
    if (pool === undefined) return refused(404, 'There is no pool of that name.')
    const { isDone, message, story } = performAction(pool, action)
    if (!isDone) return refused(404, message)
    this.#feed.operated(action.pool, `${who} ${story}.`, action.connectionId ?? null)
    return jsonAnswer(200, { message })
  }

  async #admit(asked: Asked, action: OperatorAction | undefined): Promise<Visitor | Answer> {
    const { method, url, headers, remoteAddress, native } = asked
    const request: AuthorizeRequest = { method, url, headers, remoteAddress, action, native }
    const admitted = await authorizeVisitor(this.#policy.authorize, request)
    if (admitted === undefined) return textAnswer(403, 'You may not see this page.')
    if (!(admitted instanceof Response)) return admitted
    return insteadOf(admitted)
  }
}

/** What `authorize` wants to be sent, under the same guard as everything else. */
async function insteadOf(response: Response): Promise<Answer> {
  const { status, headers } = response
  const { headers: usual } = textAnswer(status, '')
  const own = Object.fromEntries(headers)
  const cookies = headers.has('set-cookie') ? { 'set-cookie': headers.getSetCookie() } : {}
  return { status, headers: { ...usual, ...own, ...cookies }, body: await response.text() }
}

function refused(status: number, message: string): Answer {
  return jsonAnswer(status, { message })
}

function tooMany(): Answer {
  return textAnswer(503, 'Too many viewers watch already.', { 'retry-after': '10' })
}
