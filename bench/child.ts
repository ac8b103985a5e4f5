import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** A process of the bench's own that answers one question at a time. */
export interface Child<Question, Answer> extends AsyncDisposable {
  /** @throws {Error} when it fails, or ends before it has answered */
  ask(question: Question): Promise<Answer>
}

type Reply<Answer> = { readonly answer: Answer } | { readonly failure: string }

/** Starts `module`, which serves with `answerParent`; what it is to know is handed over as JSON. */
export function startChild<Question extends object, Answer>(
  module: URL,
  task: object,
  flags: readonly string[] = [],
): Child<Question, Answer> {
  const child = fork(module, [JSON.stringify(task)], {
    execArgv: [...process.execArgv, ...flags],
  })
  return {
    async ask(question) {
      child.send(question)
      const reply = await replyOf<Answer>(child)
      if ('failure' in reply) throw new Error(reply.failure)
      return reply.answer
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

async function replyOf<Answer>(child: ChildProcess): Promise<Reply<Answer>> {
  const settled = new AbortController()
  const { signal } = settled
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([reply]) => reply as Reply<Answer>),
      once(child, 'exit', { signal }).then(([code]) => ({ failure: `it ended with ${code}` })),
    ])
  } finally {
    settled.abort()
  }
}

/** In the child: what the parent handed over. */
export function taskOfParent<Task>(): Task {
  return JSON.parse(process.argv[2] ?? 'null') as Task
}

/** In the child: answers until the parent lets go, then runs `close` and ends. */
export function answerParent<Question, Answer>(
  answer: (question: Question) => Promise<Answer>,
  close: () => Promise<void>,
): void {
  process.on('message', (question: Question) => {
    answer(question).then(
      (found) => process.send?.({ answer: found }),
      (error: unknown) => process.send?.({ failure: String(error) }),
    )
  })
  process.on('disconnect', () => {
    void close().finally(() => process.exit())
  })
}
