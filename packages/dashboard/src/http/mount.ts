import { hasPath } from './site.ts'

/** Where a URL leads: to a path below the mount, to the mount's page by way of `redirect`, or elsewhere. */
export type Place = { readonly path: string } | { readonly redirect: string } | undefined

/**
 * Finds what a URL means below `basePath` (without a slash at its end). `original` is what the client asked
 * for where a server in between has cut off its own mount, as Express does.
 */
export function placeOf(url: string, basePath: string, original: string = url): Place {
  const path = pathOf(url)
  if (path === basePath && basePath !== '') return redirectTo(path)
  if (!path.startsWith(`${basePath}/`)) return undefined
  const below = path.slice(basePath.length)
  const asked = pathOf(original)
  if (below === '/' && !asked.endsWith('/')) return redirectTo(asked)
  return hasPath(below) ? { path: below } : undefined
}

/** Relative, so that it holds behind whatever rewrites paths: the page's own links need the slash. */
function redirectTo(path: string): Place {
  return { redirect: `./${path.slice(path.lastIndexOf('/') + 1)}/` }
}

/** Without the query, and without the origin where a client sends it, as to a proxy. */
function pathOf(url: string): string {
  const path = url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
  return path === '' ? '/' : path
}
