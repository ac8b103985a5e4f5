import type { Fault } from '../faults/fault.ts'

/** What the page shows before its script has run. */
export interface PageContent {
  readonly token: string
  readonly pools: readonly string[]
  readonly faults: readonly Pick<Fault, 'id' | 'title' | 'effect' | 'scope'>[]
  /** One sentence on what runs here. */
  readonly about: string
}

/** The control page: a button per fault, and a list of what became of those that were pressed. */
export function renderPage({ token, pools, faults, about }: PageContent): string {
  const ofPool = faults.filter(({ scope }) => scope === 'pool')
  const ofServer = faults.filter(({ scope }) => scope === 'server')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="hale-token" content="${escapeHtml(token)}">
<title>Hale demo: faults</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="control.css">
<script type="module" src="control.js"></script>
</head>
<body>
<header>
<div>
<h1>Break something</h1>
<p>${escapeHtml(about)}</p>
</div>
<a class="dashboard" href="dashboard/" target="hale-dashboard" rel="noopener">Open the dashboard</a>
</header>
<main>
<div class="controls">
${pools.length > 1 ? renderChoice(pools) : ''}
<section aria-labelledby="to-pool">
<h2 id="to-pool">${pools.length > 1 ? 'To that pool' : 'To the pool'}</h2>
<div class="faults">${ofPool.map(renderButton).join('\n')}</div>
</section>
<section aria-labelledby="to-server">
<h2 id="to-server">To the server</h2>
<div class="faults">${ofServer.map(renderButton).join('\n')}</div>
</section>
<button type="button" class="right" data-action="put-right"><strong>Put everything right</strong>
<span>Ends what lasts: slow and silent links, and transactions that are held open.</span></button>
</div>
<section aria-labelledby="seen">
<h2 id="seen">What to look for</h2>
<p id="status" role="status"></p>
<p id="nothing">Nothing is broken yet. Keep the dashboard open beside this page and press a button.</p>
<ol id="strikes" aria-live="polite" aria-relevant="additions text"></ol>
</section>
</main>
<noscript><p>The buttons need JavaScript.</p></noscript>
</body>
</html>
`
}

function renderChoice(pools: readonly string[]): string {
  const choices = pools.map((name, index) => {
    const chosen = index === 0 ? ' checked' : ''
    const value = escapeHtml(name)
    return `<label><input type="radio" name="pool" value="${value}"${chosen}> ${value}</label>`
  })
  return `<fieldset><legend>Pool</legend>${choices.join('\n')}</fieldset>`
}

function renderButton({ id, title, effect }: PageContent['faults'][number]): string {
  return `<button type="button" data-fault="${escapeHtml(id)}"><strong>${escapeHtml(title)}</strong>
<span>${escapeHtml(effect)}</span></button>`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
