/** What one bench has to say in docs/benchmarks.md. */
export interface Section {
  /** Markdown that begins with a heading of the second level; links to its charts as `benchmarks/<file>`. */
  readonly markdown: string
  /** SVG text by file name, such as `query-cpu.svg`. */
  readonly charts: Readonly<Record<string, string>>
}
