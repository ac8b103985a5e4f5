import { parseCommandLine, wholeNumber } from '../parse-command-line.ts'
import { UsageError } from '../usage-error.ts'
import type { AskedFacts } from './facts/database-facts.ts'

export interface DoctorArguments {
  readonly connectionString: string
  readonly isJson: boolean
  readonly asked: AskedFacts
  readonly samples: number
  readonly timeoutMs: number
}

/** @throws {UsageError} that never holds the URL */
export function readDoctorArguments(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): DoctorArguments {
  const { values, positionals } = parseCommandLine(args, {
    json: { type: 'boolean' },
    max: { type: 'string' },
    processes: { type: 'string' },
    samples: { type: 'string' },
    'timeout-ms': { type: 'string' },
  })
  if (positionals.length > 1) throw new UsageError('more than one URL')
  const connectionString = positionals[0] ?? env['DATABASE_URL'] ?? ''
  if (connectionString === '') throw new UsageError('no URL, and DATABASE_URL is not set')
  if (!/^postgres(?:ql)?:\/\//.test(connectionString)) {
    throw new UsageError(
      'the URL cannot be read: expected postgres://user:password@host:5432/database',
    )
  }
  return {
    connectionString,
    isJson: values.json ?? false,
    asked: {
      max: wholeNumber('max', values.max, { min: 1, max: 100_000 }),
      processes: wholeNumber('processes', values.processes, { min: 1, max: 100_000 }) ?? 1,
    },
    samples: wholeNumber('samples', values.samples, { min: 10, max: 1_000 }) ?? 30,
    timeoutMs: wholeNumber('timeout-ms', values['timeout-ms'], { min: 100, max: 60_000 }) ?? 5_000,
  }
}
