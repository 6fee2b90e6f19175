import {
  AddTagsToResource$,
  DBClusterNotFoundFault$,
  ListTagsForResource$,
  RemoveTagsFromResource$,
} from '@aws-sdk/client-rds'
import type {
  AddTagsToResourceMessage,
  ListTagsForResourceMessage,
  RemoveTagsFromResourceMessage,
  TagListMessage,
} from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import type { Table } from '../../kernel/store/store.ts'
import { accessTo, requestTags, type Tagged, type TaggedKind } from './access.ts'
import { readArn } from './arns.ts'
import { invalidValue, noInstance } from './errors.ts'
import {
  clusterParameterGroups,
  clusters,
  clusterSnapshots,
  instances,
  optionGroups,
  parameterGroups,
  snapshots,
  subnetGroups,
} from './store.ts'
import { mergeTags, tagList } from './tagging.ts'

/** Something with tags, and how it is written back. */
interface Subject {
  readonly kind: TaggedKind
  readonly row: Tagged
  readonly put: (tags: Tagged['tags']) => void
}

const finders: Readonly<
  Record<TaggedKind, (ctx: Context, kind: TaggedKind, name: string) => Promise<Subject | undefined>>
> = {
  db: inTable(instances),
  cluster: inTable(clusters),
  subgrp: inTable(subnetGroups),
  pg: inTable(parameterGroups),
  'cluster-pg': inTable(clusterParameterGroups),
  og: inTable(optionGroups),
  snapshot: inTable(snapshots),
  'cluster-snapshot': inTable(clusterSnapshots),
}

function inTable<Row extends Tagged>(table: Table<Row>) {
  return async (ctx: Context, kind: TaggedKind, name: string): Promise<Subject | undefined> => {
    const view = ctx.store.table(table)
    const row = await view.get(name)
    return row && { kind, row, put: (tags) => view.put(name, { ...row, tags }) }
  }
}

function isTagged(kind: string): kind is TaggedKind {
  return Object.hasOwn(finders, kind)
}

/** What an ARN names. Throws InvalidParameterValue, or that it is not there. */
async function subjectOf(ctx: Context, text: string | undefined): Promise<Subject> {
  const arn = text === undefined ? undefined : readArn(text)
  if (!arn || !isTagged(arn.type)) throw invalidValue(`Invalid resource name: ${text}`)
  const isOwn = arn.account === ctx.account && arn.region === ctx.region
  const subject = isOwn ? await finders[arn.type](ctx, arn.type, arn.name) : undefined
  if (subject) return subject
  if (arn.type === 'cluster') {
    throw awsError(DBClusterNotFoundFault$, `DBCluster ${arn.name} not found.`)
  }
  throw arn.type === 'db' ? noInstance(arn.name) : invalidValue(`${text} does not exist.`)
}

/** AddTagsToResource. */
export const AddTagsToResource = operation<AddTagsToResourceMessage, object, Subject>(
  AddTagsToResource$,
  {
    resolve: (input, ctx) => subjectOf(ctx, input.ResourceName),
    access: (input, _ctx, { kind, row }) => accessTo(kind, row, requestTags(input.Tags)),
    handle(input, _ctx, { row, put }) {
      put(mergeTags(row.tags, input.Tags))
      return {}
    },
  },
)

/** RemoveTagsFromResource. */
export const RemoveTagsFromResource = operation<RemoveTagsFromResourceMessage, object, Subject>(
  RemoveTagsFromResource$,
  {
    resolve: (input, ctx) => subjectOf(ctx, input.ResourceName),
    access: (input, _ctx, { kind, row }) =>
      accessTo(kind, row, { 'aws:tagkeys': input.TagKeys ?? [] }),
    handle(input, _ctx, { row, put }) {
      const gone = new Set(input.TagKeys ?? [])
      put(Object.fromEntries(Object.entries(row.tags).filter(([key]) => !gone.has(key))))
      return {}
    },
  },
)

/** ListTagsForResource. */
export const ListTagsForResource = operation<ListTagsForResourceMessage, TagListMessage, Subject>(
  ListTagsForResource$,
  {
    resolve: (input, ctx) => subjectOf(ctx, input.ResourceName),
    access: (_input, _ctx, { kind, row }) => accessTo(kind, row),
    handle: (_input, _ctx, { row }) => ({ TagList: tagList(row.tags) }),
  },
)
