/** JSON of an object whose values are JSON already. */
export function jsonObject(parts: Iterable<readonly [name: string, json: string]>): string {
  return `{${[...parts].map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`
}
