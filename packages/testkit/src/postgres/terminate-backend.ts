import { waitFor } from '../wait-for.ts'

/** A session beside the one that is to end. */
export interface AdminSession {
  query(text: string, values: unknown[]): Promise<{ readonly rowCount: number | null }>
}

/** Ends the backend `processId`, and resolves once the server has forgotten it. */
export async function terminateBackend(admin: AdminSession, processId: number): Promise<void> {
  await admin.query('select pg_terminate_backend($1)', [processId])
  const isGone = async (): Promise<boolean> => {
    const text = 'select from pg_stat_activity where pid = $1'
    const { rowCount } = await admin.query(text, [processId])
    return rowCount === 0
  }
  await waitFor(isGone, { describe: `the end of backend ${processId}` })
}
