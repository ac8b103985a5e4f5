import { defineRelations } from 'drizzle-orm'
import { authors, books } from '../both/drizzle-world.ts'

/** The relations of the world's tables, as Drizzle 1.0 has them. */
export const relations = defineRelations({ authors, books }, (r) => ({
  authors: { books: r.many.books() },
  books: { author: r.one.authors({ from: r.books.authorId, to: r.authors.id }) },
}))
