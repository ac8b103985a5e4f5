import type { ContenderName } from '../contender/messages.ts'

/** One value for each contender. */
export type PerContender<Value> = Readonly<Record<ContenderName, Value>>

/** In the order in which they are shown. */
export const contenderNames: readonly ContenderName[] = ['plain', 'hale']

/** Does the same for both contenders at the same time. */
export async function forBoth<Value>(
  act: (name: ContenderName) => Promise<Value>,
): Promise<PerContender<Value>> {
  const [plain, hale] = await Promise.all([act('plain'), act('hale')])
  return { plain, hale }
}
