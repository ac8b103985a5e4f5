import { normaliseStatement } from '../detection/normalise-statement.ts'
import { printable } from '../detection/printable.ts'
import { copyOf } from '../detection/text-handles.ts'
import { isQuantity } from './quantity.ts'

/**
 * One backend as the one at the other end of a lock sees it. Beyond the pid everything is what could
 * be seen: by privilege, and, for what comes last, because a pool of this process has it.
 */
export interface BackendView {
  /** Process id of the backend; negative or 0 for what has no backend, as a prepared transaction. */
  readonly pid: number
  /** Its `application_name`; at most 64 characters are kept. */
  readonly application?: string
  /** Its statement, the latest one if it is idle, in normal form: no literals, 512 characters. */
  readonly statement?: string
  /** PostgreSQL's own word, as in `idle in transaction`; at most 32 characters are kept. */
  readonly state?: string
  /** How long it has waited for the lock, in ms. */
  readonly waitingMs?: number
  /** Which connection of which pool of this process it is; the pool's name has 64 characters. */
  readonly connectionId?: number
  readonly pool?: string
  /** Where in this application it was leased; at most 200 characters are kept. */
  readonly leasedBy?: string
}

const maxNameLength = 64
const maxSiteLength = 200
/** Characters of a backend's state; `idle in transaction (aborted)` has 29. */
export const maxStateLength = 32

/** Those that `copyBackendView` made: frozen, so that nobody has to make them again. */
const made = new WeakSet<object>()

/**
 * A frozen copy of bounded size that holds nothing but what is listed above; `undefined` for what
 * has no pid. The statement is brought into normal form, whatever it was, which takes most of the time: as
 * nobody knows how its session reads backslashes, the form ends where that begins to matter;
 * a copy of a copy is itself, so make one for all the reports that a backend occurs in.
 */
export function copyBackendView(view: BackendView): BackendView | undefined {
  if (typeof view !== 'object' || view === null || !Number.isSafeInteger(view.pid)) return undefined
  if (made.has(view)) return view
  const pid = view.pid + 0 // JSON knows no -0
  const copy: { -readonly [Key in keyof BackendView]: BackendView[Key] } = { pid }
  const { application, statement, state, waitingMs, connectionId, pool, leasedBy } = view
  if (typeof application === 'string') copy.application = bounded(application, maxNameLength)
  if (typeof statement === 'string') copy.statement = normaliseStatement(statement, 'either')
  if (typeof state === 'string') copy.state = bounded(state, maxStateLength)
  if (typeof waitingMs === 'number' && isQuantity(waitingMs)) copy.waitingMs = waitingMs
  if (typeof connectionId === 'number' && Number.isSafeInteger(connectionId)) {
    copy.connectionId = connectionId
  }
  if (typeof pool === 'string') copy.pool = bounded(pool, maxNameLength)
  if (typeof leasedBy === 'string') copy.leasedBy = bounded(leasedBy, maxSiteLength)
  made.add(Object.freeze(copy))
  return copy
}

/** At most so many characters of a text, printable, in memory of its own where it is cut. */
export function bounded(text: string, maxLength: number): string {
  return printable(text.length <= maxLength ? text : copyOf(text.slice(0, maxLength)))
}
