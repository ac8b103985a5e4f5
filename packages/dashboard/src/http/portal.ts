import type { Viewer } from '../feed/viewers.ts'
import type { Answer, Asked } from './asked.ts'
import type { Place } from './mount.ts'

/** What the handlers of all servers share. */
export interface Portal {
  /** Without a slash at its end; `''` for the root. */
  readonly basePath: string
  answer(asked: Asked, place: Place): Promise<Answer>
  /** Sends the state and what comes after it; returns how to leave. */
  join(viewer: Viewer): () => void
}
