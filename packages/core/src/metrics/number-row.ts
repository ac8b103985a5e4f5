/**
 * `size` zeros in an array that V8 keeps unboxed, so that writing to it allocates nothing. A
 * Float64Array does the same and takes 180 bytes more, which is most of it for a few numbers.
 */
export function numberRow(size: number): number[] {
  const row = Array.from({ length: size }, () => 0.5) // zeros would be kept as integers, then boxed
  for (let index = 0; index < size; index++) row[index] = 0 // `fill` would box them
  return row
}
