import { bytes, duration, integer, percent, significant } from './quantities.ts'

/** What an issue rests on, as rows of a table: a name and a value in words. */
export function evidenceRows(
  evidence: object,
): readonly { readonly name: string; readonly value: string }[] {
  return Object.entries(evidence).flatMap(([key, value]) => {
    const text = textOf(key, value)
    return text === undefined ? [] : [{ name: nameOf(key), value: text }]
  })
}

const names: Readonly<Record<string, string>> = {
  sqlState: 'SQLSTATE',
  xminAge: 'Later transactions',
  lowerRatio: 'At least',
  othersRatio: 'The others',
}

/** `lostLastMinute` → `lost last minute`; the unit is told by the value. */
function nameOf(key: string): string {
  if (Object.hasOwn(names, key)) return names[key] ?? key
  const bare = key.replace(/(?<=[a-z])(Ms|Bytes|Ratio)$/, '')
  const words = bare.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function textOf(key: string, value: unknown): string | undefined {
  if (value === null || value === undefined || value === '') return undefined
  if (typeof value === 'number') return quantityOf(key, value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') return value
  if (Array.isArray(value)) {
    return value.length === 0 ? undefined : value.map((part) => partOf(part)).join('\n')
  }
  return partOf(value)
}

function quantityOf(key: string, value: number): string {
  if (key.endsWith('Ms')) return duration(value)
  if (key.endsWith('Bytes')) return bytes(value)
  // of server_slow: how many times slower, which is no share
  if (/ratio$/i.test(key)) return value > 1 ? `${significant(value)}×` : percent(value)
  if (key === 'suspicion') return percent(value)
  if (/pids?$/i.test(key)) return String(value)
  return Number.isInteger(value) ? integer(value) : significant(value)
}

function partOf(part: unknown): string {
  if (typeof part !== 'object' || part === null) return String(part)
  return evidenceRows(part)
    .map(({ name, value }) => `${name.toLowerCase()} ${value}`)
    .join(', ')
}
