import { parseArgs } from 'node:util'
import type { LayerName, PoolName } from './layers.ts'
import { rows } from './rows.ts'

// One row in a process of its own, because some rows end the process on plain pg.Pool.
const { values } = parseArgs({
  options: {
    row: { type: 'string', default: '' },
    layer: { type: 'string', default: 'pg' },
    pool: { type: 'string', default: 'hale' },
    primary: { type: 'string', default: '' },
    standby: { type: 'string', default: '' },
  },
})
const row = rows[values.row]
if (row === undefined) throw new Error(`no such row: ${values.row}`)
await row.run({
  layer: values.layer as LayerName,
  pool: values.pool as PoolName,
  primary: values.primary,
  standby: values.standby,
})
process.exit(0)
