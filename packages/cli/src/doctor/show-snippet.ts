import type { RecommendedOption } from './recommend-options.ts'

/** A program's lines, ready to be pasted; the URL stays in the environment. */
export function showSnippet(recommended: readonly RecommendedOption[]): readonly string[] {
  const width = Math.max(...recommended.map((one) => lineOf(one).length))
  return [
    'const pool = new HealthAwarePool({',
    '  connectionString: process.env.DATABASE_URL,',
    ...recommended.map((one) => `  ${lineOf(one).padEnd(width)} // ${one.reason}`),
    '})',
  ]
}

/** `recycling.maxLifetimeMs` becomes `recycling: { maxLifetimeMs: 1_800_000 },`. */
function lineOf({ option, value }: RecommendedOption): string {
  const [first = option, ...rest] = option.split('.')
  const inner = rest.reduceRight((text, name) => `{ ${name}: ${text} }`, literalOf(value))
  return `${first}: ${inner},`
}

function literalOf(value: RecommendedOption['value']): string {
  if (typeof value === 'string') return `'${value}'`
  return String(value).replace(/\B(?=(\d{3})+$)/g, '_')
}
