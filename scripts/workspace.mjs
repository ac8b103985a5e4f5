// What belongs to this workspace. Plain JavaScript for Node >= 20: the install needs it.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * The command line of the pnpm that package.json names.
 * @param {string[]} args
 * @returns {[string, ...string[]]}
 */
export function pnpm(...args) {
  return ['npx', '--yes', packageJson(root).packageManager, ...args]
}

/** Every folder with a package of the workspace, sorted, relative to the root. */
export function workspaceFolders() {
  const folders = ['packages', 'examples'].flatMap((parent) =>
    existsSync(join(root, parent))
      ? readdirSync(join(root, parent)).map((name) => join(parent, name))
      : [],
  )
  return [...folders, 'bench']
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .sort()
}

/**
 * The manifest in `folder`.
 * @param {string} folder
 */
export function packageJson(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

/**
 * What users import from the package in `folder`: each entry with its declarations and its source.
 * @param {string} folder
 * @returns {{ name: string, types: string, source: string }[]}
 */
export function entriesOf(folder) {
  const { name, exports } = packageJson(folder)
  return Object.entries(exports).flatMap(([path, entry]) =>
    entry.types === undefined
      ? []
      : [
          {
            name: name + path.slice(1),
            types: String(entry.types),
            source: String(entry['@hale/source']),
          },
        ],
  )
}

/** The packages that users install: those of the workspace that are not private. */
export function publishedPackages() {
  return workspaceFolders()
    .map((folder) => ({ folder, ...packageJson(join(root, folder)) }))
    .filter((manifest) => manifest.private !== true)
    .map(({ folder, name }) => ({ folder: String(folder), name: String(name) }))
}
