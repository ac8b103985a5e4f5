import type { ActionOutcome, OperatorAction } from '../../src/state/dashboard-state.ts'

const csrfToken = contentOf('hale-csrf')

/** Whether the server lets this viewer act. It decides again on every action. */
export const isOperator: boolean = contentOf('hale-role') === 'operate'

/** What an action came to, in the server's words. */
export interface Outcome {
  readonly isDone: boolean
  readonly message: string
}

/** Asks the server to do it. Never rejects. */
export async function requestAction(action: OperatorAction): Promise<Outcome> {
  try {
    const response = await fetch('action', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hale-csrf': csrfToken },
      body: JSON.stringify(action),
      credentials: 'same-origin',
    })
    const text = await response.text()
    const message =
      messageIn(text) ?? `The server answered ${response.status}. ${text}`.slice(0, 300)
    return { isDone: response.ok, message }
  } catch {
    return {
      isDone: false,
      message: 'The server did not answer, so it is not known what came of it.',
    }
  }
}

function messageIn(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as Partial<ActionOutcome>
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}

function contentOf(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? ''
}
