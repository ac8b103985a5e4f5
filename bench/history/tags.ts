/** An operation's name: the caller's number and a count. */
export function toOp(caller: number, n: number): string {
  return `${caller}-${n}`
}

/** A statement's tag; no other statement of the run has it in its text. */
export function toTag(op: string, statement: number): string {
  return `#${op}-${statement}#`
}

const pattern = /#(\d+-\d+)-\d+#/

/** The first tag in a text; `undefined` for the pool's own statements, and ORMs' BEGIN and COMMIT. */
export function tagIn(text: string): string | undefined {
  return pattern.exec(text)?.[0]
}

/** The operation of a tag. */
export function opOf(tag: string): string | undefined {
  return pattern.exec(tag)?.[1]
}
