// The business of both Hono examples, without HTTP and SQL.

/** `amount` goes from `sender` to `recipient`. */
export interface Transfer {
  readonly sender: string
  readonly recipient: string
  readonly amount: number
}

/** What the body of a request says, or the answer to a body that says something else. */
export function parseTransfer(body: unknown): Transfer | Response {
  const { sender, recipient, amount } = fieldsOf(body)
  if (typeof sender === 'string' && typeof recipient === 'string' && sender !== recipient) {
    if (Number.isSafeInteger(amount) && Number(amount) > 0) {
      return { sender, recipient, amount: Number(amount) }
    }
  }
  return rejectBody('expected a sender, another recipient, and an amount above 0')
}

/** As `parseTransfer`, for an account to open. */
export function parseAccount(body: unknown): { owner: string; balance: number } | Response {
  const { owner, balance } = fieldsOf(body)
  if (typeof owner === 'string' && Number.isSafeInteger(balance) && Number(balance) >= 0) {
    return { owner, balance: Number(balance) }
  }
  return rejectBody('expected an owner, and a balance of 0 or more')
}

/** By how much balances change: in one order for everybody, so that opposed transfers cannot deadlock. */
export function changesOf({ sender, recipient, amount }: Transfer) {
  const changes = [
    { owner: sender, by: -amount },
    { owner: recipient, by: amount },
  ]
  return changes.sort((left, right) => (left.owner < right.owner ? -1 : 1))
}

function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? { ...body } : {}
}

function rejectBody(error: string): Response {
  return Response.json({ error }, { status: 400 })
}
