import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format, resolveConfig } from 'prettier'

const root = resolve(import.meta.dirname, '..')
const servicesFolder = 'packages/server/src/services'

/** A file that is written from the code; `text` is what it should hold. */
export interface GeneratedFile {
  readonly path: string
  readonly text: string
}

/** What the coverage page needs of a service's definition. */
interface DescribedService {
  readonly id: string
  readonly signingNames: readonly string[]
  readonly open: readonly string[]
  readonly fidelity: {
    readonly supported: readonly string[]
    readonly deviates: readonly string[]
    readonly absent: readonly string[]
  }
  readonly operations: Readonly<Record<string, unknown>>
  readonly sdkOperations: readonly string[]
}

/** Every generated file with its fresh text, formatted as the repository's other files are. */
export async function generatedFiles(): Promise<GeneratedFile[]> {
  const ids = serviceIds()
  const services = await Promise.all(ids.map(loadService))
  const pages = services.map((service) => ({
    path: `docs/services/${service.id}.md`,
    text: coveragePage(service),
  }))
  const list = { path: `${servicesFolder}/index.ts`, text: serviceList(services) }
  const settings = { path: 'docs/operating/settings.md', text: await settingsPage() }
  return Promise.all([list, settings, ...pages].map(formatted))
}

/** The page of every setting, from the server's own table of them. */
async function settingsPage(): Promise<string> {
  const { settings } = await import('../packages/server/src/config.ts')
  return [
    '# Settings',
    '',
    'Written by `npm run fix` from the table in `packages/server/src/config.ts`.',
    'Every setting is an environment variable; `bartizan up` has options for the most common ones.',
    '',
    '| variable | default | meaning |',
    '| --- | --- | --- |',
    ...settings.map((setting) => {
      const fallback = 'fallback' in setting ? `\`${setting.fallback}\`` : ''
      return `| \`${setting.variable}\` | ${fallback} | ${setting.meaning} |`
    }),
    '',
  ].join('\n')
}

/** Paths of generated files that do not hold what they should, and of pages whose service is gone. */
export async function staleFiles(): Promise<string[]> {
  const fresh = await generatedFiles()
  const stale = fresh.filter(({ path, text }) => read(path) !== text).map(({ path }) => path)
  return [...stale, ...orphanedPages(fresh)]
}

/** Coverage pages that no service writes any more. */
export function orphanedPages(fresh: readonly GeneratedFile[]): string[] {
  const folder = join(root, 'docs/services')
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .map((name) => `docs/services/${name}`)
    .filter((path) => path.endsWith('.md') && !fresh.some((file) => file.path === path))
}

/** The list that the composition root imports: every service folder, sorted; each is imported when it is needed. */
export function serviceList(services: readonly DescribedService[]): string {
  return [
    '// Written by `npm run fix` from the folders beside it.',
    `import type { ServiceEntry } from '../kernel/service-registry.ts'`,
    '',
    '/** Every service that this server offers, by id. */',
    'export const serviceEntries: readonly ServiceEntry[] = [',
    ...services.map(({ id, signingNames, open }) =>
      [
        `{ id: '${id}', signingNames: [${signingNames.map((name) => `'${name}'`).join(', ')}],`,
        `isOpen: ${open.length > 0},`,
        `load: async () => (await import('./${id}/index.ts')).${camelCase(id)} },`,
      ].join(' '),
    ),
    ']',
    '',
  ].join('\n')
}

/** The page that says which operations of AWS's model a service has, and where it differs from AWS. */
export function coveragePage({
  id,
  fidelity,
  operations,
  sdkOperations,
}: DescribedService): string {
  const has = (name: string) => Object.hasOwn(operations, name)
  const count = sdkOperations.filter(has).length
  return [
    `# ${id}`,
    '',
    '<!-- Written by `npm run fix` from the service’s definition. -->',
    '',
    `${count} of the ${sdkOperations.length} operations of AWS’s model are implemented.`,
    '',
    ...section('Supported', fidelity.supported),
    ...section('Differs from AWS', fidelity.deviates),
    ...section('Absent', fidelity.absent),
    '## Operations',
    '',
    '| Operation | Implemented |',
    '| --- | --- |',
    ...sdkOperations.toSorted().map((name) => `| ${name} | ${has(name) ? 'yes' : 'no'} |`),
    '',
  ].join('\n')
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, '', ...lines.map((line) => `- ${line}`), '']
}

function serviceIds(): string[] {
  const folder = join(root, servicesFolder)
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'index.ts')))
    .map(({ name }) => name)
    .sort()
}

async function loadService(id: string): Promise<DescribedService> {
  const path = `${servicesFolder}/${id}/index.ts`
  const module = (await import(pathToFileURL(join(root, path)).href)) as Record<string, unknown>
  const service = module[camelCase(id)]
  if (!isDescribed(service)) throw new Error(`${path} must export ${camelCase(id)}, a service`)
  return service
}

function isDescribed(value: unknown): value is DescribedService {
  return typeof value === 'object' && value !== null && 'fidelity' in value && 'operations' in value
}

function camelCase(id: string): string {
  return id.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

async function formatted({ path, text }: GeneratedFile): Promise<GeneratedFile> {
  const filepath = join(root, path)
  return { path, text: await format(text, { ...(await resolveConfig(filepath)), filepath }) }
}

function read(path: string): string | undefined {
  const file = join(root, path)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}
