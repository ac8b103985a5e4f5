import { everybody } from './everybody.ts'
import { oneConnection } from './one-connection.ts'
import type { Scenario } from './scenario.ts'
import { several } from './several.ts'

export const allScenarios: readonly Scenario[] = [...everybody, ...oneConnection, ...several]

/** @throws {RangeError} for an unknown name */
export function scenarioNamed(name: string): Scenario {
  const found = allScenarios.find((scenario) => scenario.name === name)
  if (found === undefined) throw new RangeError(`no scenario '${name}'`)
  return found
}
