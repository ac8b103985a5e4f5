// A Hono API on Drizzle: asked, broken, asked again, and shut down. Start: pnpm start
import { getRequestListener } from '@hono/node-server'
import { serve } from '../http/serve.ts'
import { tellStory } from '../http/story.ts'
import { createApp } from './app.ts'
import { openDatabase } from './database.ts'

await tellStory({ cancelsReads: false }, (connectionString) => {
  const db = openDatabase(connectionString)
  const listener = getRequestListener(createApp(db).fetch)
  return serve(listener, 0, () => db.$client.end())
})
