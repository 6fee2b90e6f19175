import {
  flagProperty,
  numberProperty,
  tagChanges,
  textProperty,
  textsProperty,
  type ResourceBefore,
  type ResourceContext,
  type ResourceProperties,
} from '../../kernel/resource-type.ts'

/** How the properties of a template become the members of a call. */
export interface PropertyNames {
  readonly texts: readonly string[]
  readonly flags: readonly string[]
  readonly numbers: readonly string[]
  readonly lists: readonly string[]
}

/** The members that a template's properties give a call. */
export function membersFrom(
  properties: ResourceProperties,
  names: PropertyNames,
): Record<string, unknown> {
  const members: Record<string, unknown> = {}
  const put = (name: string, value: unknown): void => {
    if (value !== undefined) members[name] = value
  }
  for (const name of names.texts) put(name, textProperty(properties, name))
  for (const name of names.flags) put(name, flagProperty(properties, name))
  for (const name of names.numbers) put(name, numberProperty(properties, name))
  for (const name of names.lists) {
    if (properties[name] !== undefined) put(name, textsProperty(properties, name))
  }
  return members
}

/** Of those members, what is other than it was. */
export function changedMembers(
  properties: ResourceProperties,
  before: ResourceProperties,
  names: PropertyNames,
): Record<string, unknown> {
  const had = membersFrom(before, names)
  const wanted = Object.entries(membersFrom(properties, names))
  return Object.fromEntries(
    wanted.filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(had[name])),
  )
}

const pauseMs = 250
const failed = /^(failed|incompatible-)/

/** Waits until an instance or cluster is available. Throws when it fails. */
export async function untilAvailable(
  at: ResourceContext,
  describe: () => Promise<{ readonly status: string; readonly shown: Record<string, unknown> }>,
): Promise<Record<string, unknown>> {
  for (;;) {
    const { status, shown } = await describe()
    if (status === 'available') return shown
    if (failed.test(status)) throw new Error(`the database is ${status}`)
    await at.pause(pauseMs)
  }
}

/** Waits until a description is refused, as there is nothing any more. */
export async function untilGone(
  at: ResourceContext,
  describe: () => Promise<Record<string, unknown> | undefined>,
): Promise<void> {
  while ((await describe()) !== undefined) await at.pause(pauseMs)
}

/** Puts and takes off tags as a template changes them. */
export async function changeTags(
  at: ResourceContext,
  ResourceName: string,
  properties: ResourceProperties,
  before: ResourceBefore,
): Promise<void> {
  const { put, remove } = tagChanges(before.properties, properties)
  if (remove.length > 0) {
    await at.call('rds', 'RemoveTagsFromResource', { ResourceName, TagKeys: remove })
  }
  if (put.length > 0) await at.call('rds', 'AddTagsToResource', { ResourceName, Tags: put })
}
