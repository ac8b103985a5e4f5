#!/usr/bin/env node
import { runHale } from './run-hale.ts'

process.exitCode = await runHale(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signals: process,
})
