import { spawnSync } from 'node:child_process'

/** Whether Prometheus's own checker is there; no npm package carries it. */
export const isPromtoolInstalled: boolean =
  spawnSync('promtool', ['--version'], { stdio: 'ignore' }).status === 0

/** One line on what is skipped without it, and what to install; empty where it is there. */
export const whyNoPromtool: string = isPromtoolInstalled
  ? ''
  : ': promtool is not installed, so it is skipped (apt-get install prometheus, or brew install prometheus)'

/** What promtool says, of which nothing means that all is well. */
export function runPromtool(args: readonly string[], input: string = ''): string {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' })
  const said = `${stdout}${stderr}`
  return status === 0 ? said : `${said}\nexit code ${status}`
}
