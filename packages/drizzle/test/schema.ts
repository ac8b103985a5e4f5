import { relations } from 'drizzle-orm'
import { authors, books } from './both/drizzle-world.ts'

const authorRelations = relations(authors, ({ many }) => ({ books: many(books) }))
const bookRelations = relations(books, ({ one }) => ({
  author: one(authors, { fields: [books.authorId], references: [authors.id] }),
}))

/** The tables of the world with their relations, as Drizzle 0.45 has them. */
export const schema = { authors, books, authorRelations, bookRelations }
