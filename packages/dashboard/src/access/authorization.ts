import type { OperatorAction } from '../state/dashboard-state.ts'

/** What a visitor may do: look, or also act. */
export type DashboardRole = 'view' | 'operate'

/** Who asks for what. */
export interface AuthorizeRequest {
  readonly method: string
  /** As the server got it, with its query. */
  readonly url: string
  readonly headers: Headers
  /** Of the peer's socket, never of a header; `undefined` where the server does not tell. */
  readonly remoteAddress: string | undefined
  /** What is to be done, for `POST action`; `undefined` for reading. */
  readonly action: OperatorAction | undefined
  /** The server's own request (an `IncomingMessage`, a `Request`), as for the session that it carries. */
  readonly native: unknown
}

/**
 * - `false`: nothing is shown
 * - `true` or `'view'`: everything is shown, nothing can be done
 * - `'operate'`: with the buttons; `who` is told in the timeline
 * - a `Response`: sent in place of the answer, as a challenge or a redirect to a login
 */
export type DashboardAccess =
  | boolean
  | DashboardRole
  | { readonly access: DashboardRole; readonly who?: string }
  | Response

export type Authorize = (request: AuthorizeRequest) => DashboardAccess | Promise<DashboardAccess>

/** Who was let in, and as what. */
export interface Visitor {
  readonly role: DashboardRole
  readonly who: string
}

/** Characters of a name in the timeline. */
const maxNameLength = 64

/** A visitor, what to send instead, or `undefined` for nobody. Whatever throws, or is not one of these, denies. */
export async function authorizeVisitor(
  authorize: Authorize,
  request: AuthorizeRequest,
): Promise<Visitor | Response | undefined> {
  try {
    const access = await authorize(request)
    if (access instanceof Response) return access
    const { role, who } = readAccess(access)
    return role === undefined ? undefined : { role, who: nameOf(who, request.remoteAddress) }
  } catch {
    return undefined
  }
}

function readAccess(access: Exclude<DashboardAccess, Response>): {
  readonly role: DashboardRole | undefined
  readonly who?: unknown
} {
  const isNamed = typeof access === 'object' && access !== null
  const given = isNamed ? access.access : access
  const who = isNamed ? access.who : undefined
  if (given === 'operate') return { role: 'operate', who }
  return { role: given === true || given === 'view' ? 'view' : undefined, who }
}

function nameOf(who: unknown, remoteAddress: string | undefined): string {
  const name = typeof who === 'string' ? who.replace(/\p{C}/gu, ' ').trim() : ''
  if (name !== '') return name.slice(0, maxNameLength)
  return remoteAddress === undefined ? 'An operator' : `An operator at ${remoteAddress}`
}
