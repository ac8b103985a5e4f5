import type { ContenderName, ContenderOptions, Subject } from './contender.ts'

/** Each loads no more than what it needs, so that a process has one contender's code alone. */
const openers: Readonly<
  Record<ContenderName, (options: ContenderOptions) => Promise<Subject> | Subject>
> = {
  'hale-pg': async (options) => (await import('./hale-pool.ts')).openHale(options),
  'hale-kysely': async (options) => (await import('./hale-kysely.ts')).openHaleKysely(options),
  'hale-drizzle': async (options) => (await import('./hale-drizzle.ts')).openHaleDrizzle(options),
  'pg-pool': async (options) => (await import('./plain-pg.ts')).openPgPool(options),
  kysely: async (options) => (await import('./kysely.ts')).openKysely(options),
  drizzle: async (options) => (await import('./drizzle.ts')).openDrizzle(options),
  'postgres-pool': async (options) =>
    (await import('./postgres-pool.ts')).openPostgresPool(options),
  slonik: async (options) => (await import('./slonik.ts')).openSlonik(options),
  'postgres-js': async (options) => (await import('./postgres-js.ts')).openPostgresJs(options),
  knex: async (options) => (await import('./knex.ts')).openKnex(options),
}

/** Sets up a contender; most of them connect only when they are asked something. */
export async function openContender(
  name: ContenderName,
  options: ContenderOptions,
): Promise<Subject> {
  return openers[name](options)
}
