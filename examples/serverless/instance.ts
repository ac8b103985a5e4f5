// The part of the platform: a process that answers one request per message, and is frozen in between.
import { GET, POST } from './app/api/books/route.ts'

process.on('message', async (title: string) => {
  const url = 'http://localhost/api/books'
  const response = await (title === ''
    ? GET()
    : POST(new Request(url, { method: 'POST', body: JSON.stringify({ title }) })))
  process.send?.(`${response.status} ${await response.text()}`)
})
