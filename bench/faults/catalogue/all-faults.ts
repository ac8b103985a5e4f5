import type { Fault } from '../fault.ts'
import { applicationFaults } from './application-faults.ts'
import { backendFaults } from './backend-faults.ts'
import { linkFaults } from './link-faults.ts'
import { serverFaults } from './server-faults.ts'

/** Every row of the matrix, in the order in which it is shown. */
export const allFaults: readonly Fault[] = [
  ...linkFaults,
  ...backendFaults,
  ...serverFaults,
  ...applicationFaults,
]
