import { books, db } from '../../../database.ts'

/** For Next.js. The Edge runtime would not do: it has no TCP sockets, which PostgreSQL needs. */
export const runtime = 'nodejs'

export async function GET(): Promise<Response> {
  return Response.json(await db.select().from(books).orderBy(books.id))
}

export async function POST(request: Request): Promise<Response> {
  const { title } = (await request.json()) as { readonly title?: unknown }
  if (typeof title !== 'string') return Response.json({ error: 'no title' }, { status: 400 })
  const [book] = await db.insert(books).values({ title }).returning()
  return Response.json(book, { status: 201 })
}
