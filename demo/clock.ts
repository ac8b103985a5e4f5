/** Monotonic ms, the same in every process of this machine, so that parent and children agree. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
