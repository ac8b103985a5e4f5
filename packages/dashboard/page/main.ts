import { DashboardPage } from './dashboard-page.ts'
import { LiveFeed } from './feed/live-feed.ts'

const root = document.getElementById('app')
if (root !== null) new LiveFeed(new DashboardPage(root)).open()
