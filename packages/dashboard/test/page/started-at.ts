/** A fixed instant, so that pictures of the page do not differ for nothing. */
export const startedAt: number = Date.UTC(2026, 10, 3, 14, 20, 0)
