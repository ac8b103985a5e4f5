// A Hono API on Kysely: asked, broken, asked again, and shut down. Start: pnpm start
import { getRequestListener } from '@hono/node-server'
import { serve } from '../http/serve.ts'
import { tellStory } from '../http/story.ts'
import { createApp } from './app.ts'
import { openDatabase } from './database.ts'

await tellStory({ cancelsReads: true }, (connectionString) => {
  const database = openDatabase(connectionString)
  const listener = getRequestListener(createApp(database).fetch)
  return serve(listener, 0, () => database.db.destroy())
})
