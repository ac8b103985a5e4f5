/**
 * FATAL and PANIC in the languages that PostgreSQL 15 ships, taken from its message catalogues: pg
 * hands on the translated severity (field `S`), which follows the server's `lc_messages`.
 */
const fatalSeverities: ReadonlySet<string> = new Set([
  'FATAL', // also de, es, fr, ja
  'PANIC', // also es, fr, ja
  'PANIK', // de, sv
  'FATALE', // it
  'PANICO',
  'FATALT', // sv
  'ВАЖНО', // ru
  'ПАНИКА',
  'ФАТАЛЬНО', // uk
  'ПАНІКА',
  'ფატალური', // ka
  'პანიკა',
  '치명적오류', // ko
  '손상',
  '致命错误', // zh_CN
  '比致命错误还过分的错误',
])

/** Whether the server ended the session with this answer. */
export function isFatalSeverity(severity: string | undefined): boolean {
  return severity !== undefined && fatalSeverities.has(severity)
}
