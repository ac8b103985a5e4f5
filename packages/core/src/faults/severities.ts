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

/** ERROR in the same languages: the statement failed and the session goes on. */
const errorSeverities: ReadonlySet<string> = new Set([
  'ERROR', // also es, ja
  'FEHLER', // de
  'ERREUR', // fr
  'ERRORE', // it
  'შეცდომა', // ka
  '오류', // ko
  'ОШИБКА', // ru
  'FEL', // sv
  'ПОМИЛКА', // uk
  '错误', // zh_CN
])

/** Whether the server ended the session with this answer. */
export function isFatalSeverity(severity: string | undefined): boolean {
  return severity !== undefined && fatalSeverities.has(severity)
}

/** Whether the session goes on after this answer; `false` for a severity of unknown meaning. */
export function isErrorSeverity(severity: string | undefined): boolean {
  return severity !== undefined && errorSeverities.has(severity)
}
