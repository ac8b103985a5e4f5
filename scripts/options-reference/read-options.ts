import { join } from 'node:path'
import ts from 'typescript-5.5'
import { entriesOf, publishedPackages, root } from '../workspace.mjs'

/** One option, as its declaration has it. */
export interface DocumentedOption {
  readonly name: string
  /** What may be given, with names of unions spelt out. */
  readonly type: string
  /** Markdown, as in its docstring. */
  readonly meaning: string
  readonly default: string | undefined
  readonly isRequired: boolean
  /** The options that it holds, where they have a section of their own. */
  readonly nested: OptionGroup | undefined
}

/** The options of one interface, its own and those that it inherits. */
export interface OptionGroup {
  readonly name: string
  readonly meaning: string
  readonly options: readonly DocumentedOption[]
  /** Interfaces that it extends, so that these need no section of their own. */
  readonly bases: readonly string[]
}

/** What holds options under another name. */
const sections = new Set(['ServerAddress'])

/** What is explained where it is used, and not in a section of its own. */
const leaves = new Set(['LimitOptions', 'HealthAwarePoolOptions'])

/** The exported `…Options` of each entry of each package that users install. */
export function readOptions(): ReadonlyMap<string, readonly OptionGroup[]> {
  const entries = publishedPackages().flatMap(({ folder }) =>
    entriesOf(join(root, folder)).map(({ name, source }) => ({
      name,
      source: join(root, folder, source),
    })),
  )
  const program = ts.createProgram(
    entries.map(({ source }) => source),
    {
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2023.d.ts'],
      types: ['node'],
      customConditions: ['@hale/source'],
      allowImportingTsExtensions: true,
      strict: true,
      noEmit: true,
      skipLibCheck: true,
    },
  )
  const reader = new OptionsReader(program.getTypeChecker())
  return new Map(
    entries.map(({ name, source }) => {
      const file = program.getSourceFile(source)
      if (file === undefined) throw new Error(`${source} is no source file`)
      return [name, reader.groupsOf(file)]
    }),
  )
}

class OptionsReader {
  readonly #checker: ts.TypeChecker

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker
  }

  groupsOf(file: ts.SourceFile): readonly OptionGroup[] {
    const module = this.#checker.getSymbolAtLocation(file)
    if (module === undefined) return [] // it exports nothing
    return this.#checker
      .getExportsOfModule(module)
      .map((symbol) => interfaceOf(this.#target(symbol)))
      .filter((declaration) => declaration !== undefined)
      .filter(({ name }) => name.text.endsWith('Options'))
      .map((declaration) => this.#groupOf(declaration))
  }

  #groupOf(declaration: ts.InterfaceDeclaration): OptionGroup {
    const bases = this.#basesOf(declaration)
    const inherited = bases.flatMap((base) => this.#groupOf(base).options)
    const own = declaration.members
      .filter(ts.isPropertySignature)
      .map((member) => this.#optionOf(member))
    return {
      name: declaration.name.text,
      meaning: docOf(declaration),
      options: [...own, ...inherited],
      bases: bases.flatMap((base) => [base.name.text, ...this.#groupOf(base).bases]),
    }
  }

  /** Those of this repository: what comes from pg is explained by hand. */
  #basesOf(declaration: ts.InterfaceDeclaration): readonly ts.InterfaceDeclaration[] {
    const types = declaration.heritageClauses?.flatMap((clause) => [...clause.types]) ?? []
    return types.flatMap(({ expression }) => {
      const symbol = this.#checker.getSymbolAtLocation(expression)
      const base = symbol && interfaceOf(this.#target(symbol))
      return base === undefined || isForeign(base) ? [] : [base]
    })
  }

  #optionOf(member: ts.PropertySignature): DocumentedOption {
    const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'default')
    const type = member.type
    const nested = type && this.#nestedIn(type)
    return {
      name: member.name.getText(),
      type: type === undefined ? 'unknown' : this.#textOf(type),
      meaning: [docOf(member) || (nested?.meaning ?? ''), type && this.#choicesOf(type)]
        .filter((text) => text !== undefined && text !== '')
        .join('\n\n'),
      default: tag && textOfComment(tag.comment),
      isRequired: member.questionToken === undefined,
      nested,
    }
  }

  #nestedIn(type: ts.TypeNode): OptionGroup | undefined {
    for (const part of referencesIn(type)) {
      const symbol = this.#checker.getSymbolAtLocation(part.typeName)
      const declaration = symbol && interfaceOf(this.#target(symbol))
      if (declaration === undefined || isForeign(declaration)) continue
      const { text } = declaration.name
      const isSection = sections.has(text) || (text.endsWith('Options') && !leaves.has(text))
      if (isSection) return this.#groupOf(declaration)
    }
    return undefined
  }

  /** What each choice means, where the type of the choices lists them and the option does not. */
  #choicesOf(type: ts.TypeNode): string | undefined {
    for (const { typeName } of referencesIn(type)) {
      const symbol = this.#checker.getSymbolAtLocation(typeName)
      const alias = symbol && this.#target(symbol).declarations?.find(ts.isTypeAliasDeclaration)
      const [, list] = alias === undefined ? [] : (/^(- `.*)$/ms.exec(docOf(alias)) ?? [])
      if (list !== undefined) return list
    }
    return undefined
  }

  /** As it is written, but for names of unions of literals, which say nothing to a reader. */
  #textOf(type: ts.TypeNode): string {
    if (ts.isUnionTypeNode(type)) {
      const parts = type.types.map((part) => this.#textOf(part))
      return parts.filter((part) => part !== 'undefined').join(' | ')
    }
    if (ts.isTypeOperatorNode(type)) return this.#textOf(type.type) // readonly
    if (ts.isArrayTypeNode(type)) {
      const item = this.#textOf(type.elementType)
      return item.includes(' ') ? 'a list of some' : `${item}[]`
    }
    const literals = this.#literalsOf(type)
    if (literals === undefined) return type.getText().replace(/\s+/g, ' ')
    return literals.map((each) => this.#checker.typeToString(each).replaceAll('"', "'")).join(' | ')
  }

  /** Where a type is a union of literals alone: these, in the order in which they are written. */
  #literalsOf(type: ts.TypeNode): readonly ts.Type[] | undefined {
    const found = this.#checker.getTypeFromTypeNode(type)
    if (isLiteral(found)) return [found]
    if (!found.isUnion() || !found.types.every(isLiteral)) return undefined
    if (ts.isUnionTypeNode(type)) return type.types.flatMap((part) => this.#literalsOf(part) ?? [])
    if (ts.isIndexedAccessTypeNode(type)) {
      const list = this.#checker.getTypeFromTypeNode(type.objectType)
      return this.#checker.getTypeArguments(list as ts.TypeReference)
    }
    const name = ts.isTypeReferenceNode(type) ? type.typeName : undefined
    const symbol = name && this.#checker.getSymbolAtLocation(name)
    const alias = symbol && this.#target(symbol).declarations?.find(ts.isTypeAliasDeclaration)
    return alias && this.#literalsOf(alias.type)
  }

  #target(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol
  }
}

/** The names in a type, those in unions and lists too. */
function referencesIn(type: ts.TypeNode): readonly ts.TypeReferenceNode[] {
  if (ts.isTypeReferenceNode(type)) return [type]
  if (ts.isUnionTypeNode(type)) return type.types.flatMap(referencesIn)
  if (ts.isArrayTypeNode(type)) return referencesIn(type.elementType)
  return ts.isTypeOperatorNode(type) ? referencesIn(type.type) : []
}

function interfaceOf(symbol: ts.Symbol): ts.InterfaceDeclaration | undefined {
  return symbol.declarations?.find(ts.isInterfaceDeclaration)
}

function isLiteral(type: ts.Type): boolean {
  return type.isStringLiteral() || (type.flags & ts.TypeFlags.BooleanLiteral) !== 0
}

function isForeign(node: ts.Node): boolean {
  return node.getSourceFile().fileName.includes('/node_modules/')
}

function docOf(node: ts.Node): string {
  const docs = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  return textOfComment(docs.at(-1)?.comment)
}

function textOfComment(comment: ts.JSDoc['comment']): string {
  const text = ts.getTextOfJSDocComment(comment) ?? ''
  return text.replace(/\{@link ([\w.]+)\}/g, '`$1`').trim()
}
