import parse from 'parse-prometheus-text-format'

/** Samples of a scrape by name, as in `hale_pool_connections_max`. */
export type Samples = ReadonlyMap<
  string,
  readonly { readonly value: number; readonly labels: Readonly<Record<string, string>> }[]
>

/**
 * What a parser of the text format reads. It is not told which metrics are histograms, as it would throw away
 * whose buckets they are.
 */
export function readScrape(text: string): Samples {
  const families = parse(text.replace(/^# TYPE \S+ histogram$/gm, ''))
  const named = families.filter(({ metrics }) => metrics.length > 0)
  return new Map(
    named.map(({ name, metrics }) => [
      name,
      metrics.map(({ value, labels = {} }) => ({ value: Number(value), labels })),
    ]),
  )
}

/** The value of the one sample with these labels. */
export function sampleOf(
  samples: Samples,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = (samples.get(name) ?? []).filter((sample) =>
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )
  if (found.length > 1) throw new Error(`${found.length} samples of ${name}`)
  return found[0]?.value
}
