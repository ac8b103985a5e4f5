import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** A process of the bench's own that answers one question at a time. */
export interface Child<Question, Answer> extends AsyncDisposable {
  /** @throws {Error} when it fails, or ends before it has answered */
  ask(question: Question): Promise<Answer>
}

type Reply<Answer> = { readonly answer: Answer } | { readonly failure: string }

export interface ChildOptions {
  /** Flags of Node, beside those that this process has. */
  readonly flags?: readonly string[]
  /** Whether it loads the packages as they are published, from their builds. */
  readonly isPublished?: boolean
}

/** Has packages of this repository loaded from their sources. */
const sourceFlag = '--conditions=@hale/source'

/** Starts `module`, which serves with `answerParent`; what it is to know is handed over as JSON. */
export function startChild<Question extends object, Answer>(
  module: URL,
  task: object,
  { flags = [], isPublished = false }: ChildOptions = {},
): Child<Question, Answer> {
  const own = process.execArgv.filter((flag) => !isPublished || flag !== sourceFlag)
  const child = fork(module, [JSON.stringify(task)], { execArgv: [...own, ...flags] })
  return {
    async ask(question) {
      // asked or not, a child that is gone answers nothing
      if (isOver(child)) throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`)
      child.send(question)
      const reply = await replyOf<Answer>(child)
      if ('failure' in reply) throw new Error(reply.failure)
      return reply.answer
    },
    async [Symbol.asyncDispose]() {
      if (isOver(child)) return
      const exited = once(child, 'exit')
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
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
