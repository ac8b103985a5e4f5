import type { CliPorts } from '../cli-ports.ts'
import { exitCodes } from '../exit-codes.ts'
import { styleFor } from '../terminal/style.ts'
import { UsageError } from '../usage-error.ts'
import { type DoctorArguments, readDoctorArguments } from './doctor-arguments.ts'
import { type DoctorReport, type DoctorTarget, reportFailure, reportOn } from './doctor-report.ts'
import { createClient } from './facts/connect.ts'
import { readFacts } from './facts/read-facts.ts'
import { toFailure } from './failure.ts'
import { showFailure, showReport } from './show-report.ts'

/** `hale doctor`. */
export async function runDoctor(args: readonly string[], ports: CliPorts): Promise<number> {
  const given = readDoctorArguments(args, ports.env)
  const report = await check(targetOf(given), given)
  const { stdout, stderr, env } = ports
  const style = styleFor(stdout, env)
  if (given.isJson) stdout.write(`${JSON.stringify(report, roundNumbers, 2)}\n`)
  else if (report.facts === null) stderr.write(showFailure(report))
  else stdout.write(showReport(report, report.facts, style))
  return exitCodeOf(report)
}

async function check(target: DoctorTarget, given: DoctorArguments): Promise<DoctorReport> {
  try {
    return reportOn(target, await readFacts(given))
  } catch (error) {
    if (error instanceof TypeError || error instanceof ReferenceError) throw error // ours
    return reportFailure(target, toFailure(error))
  }
}

/** @throws {UsageError} when pg cannot read the URL; pg's own error would show it */
function targetOf(given: DoctorArguments): DoctorTarget {
  try {
    const { host, port, database } = createClient(given)
    return { host, port, database }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const file = code === 'ENOENT' || code === 'EACCES' ? `: a file that it names (${code})` : ''
    throw new UsageError(`the URL cannot be read${file}`)
  }
}

function exitCodeOf({ failure, findings }: DoctorReport): number {
  if (failure !== null) return exitCodes.notChecked
  const severity = findings[0]?.severity // the most severe
  if (severity === 'critical') return exitCodes.critical
  return severity === 'warning' ? exitCodes.warnings : exitCodes.ok
}

/** A thousandth of a ms is as fine as clocks are. */
function roundNumbers(_name: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toFixed(3)) : value
}
