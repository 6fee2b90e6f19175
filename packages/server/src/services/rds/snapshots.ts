import {
  CopyDBSnapshot$,
  CreateDBSnapshot$,
  DeleteDBSnapshot$,
  DescribeDBSnapshotAttributes$,
  DescribeDBSnapshots$,
  ModifyDBSnapshotAttribute$,
} from '@aws-sdk/client-rds'
import type {
  CopyDBSnapshotMessage,
  CopyDBSnapshotResult,
  CreateDBSnapshotMessage,
  CreateDBSnapshotResult,
  DBSnapshotMessage,
  DeleteDBSnapshotMessage,
  DeleteDBSnapshotResult,
  DescribeDBSnapshotAttributesMessage,
  DescribeDBSnapshotAttributesResult,
  DescribeDBSnapshotsMessage,
  ModifyDBSnapshotAttributeMessage,
  ModifyDBSnapshotAttributeResult,
} from '@aws-sdk/client-rds'
import { operation } from '../../kernel/service.ts'
import { accessTo, requestTags } from './access.ts'
import { rdsArn } from './arns.ts'
import { wrongInstanceState, invalidValue } from './errors.ts'
import { identifierOf } from './identifiers.ts'
import { instanceNamed } from './instance-reference.ts'
import { filterOf, pageOf } from './listing.ts'
import { changedRestorers } from './snapshot-sharing.ts'
import { copyTask, removeFilesTask } from './snapshot-files.ts'
import { snapshotInstance, taken } from './snapshot-making.ts'
import { restorableSnapshot, snapshotNamed } from './snapshot-reference.ts'
import { snapshotView } from './snapshot-view.ts'
import { snapshots, type InstanceRow, type SnapshotRow } from './store.ts'
import { mergeTags } from './tagging.ts'

/** CreateDBSnapshot. */
export const CreateDBSnapshot = operation<
  CreateDBSnapshotMessage,
  CreateDBSnapshotResult,
  InstanceRow
>(CreateDBSnapshot$, {
  resolve: (input, ctx) => instanceNamed(ctx, input.DBInstanceIdentifier),
  access(input, ctx, row) {
    const name = (input.DBSnapshotIdentifier ?? '').toLowerCase()
    const conditions = requestTags(input.Tags)
    return [accessTo('db', row), { resource: rdsArn(ctx, 'snapshot', name), conditions }]
  },
  async handle(input, ctx, row) {
    if (row.clusterIdentifier !== undefined) {
      throw invalidValue('Snapshots of DB instances in a DB cluster are taken of the cluster.')
    }
    if (row.status !== 'available' && row.status !== 'stopped') {
      throw wrongInstanceState(
        `Cannot create a snapshot because the database instance ${row.identifier} is not currently in the available state.`,
      )
    }
    const tags = mergeTags({}, input.Tags)
    const snapshot = await snapshotInstance(ctx, row, input.DBSnapshotIdentifier ?? '', tags)
    return { DBSnapshot: snapshotView(snapshot) }
  },
})

const filters = ['db-instance-id', 'db-snapshot-id', 'dbi-resource-id', 'snapshot-type', 'engine']

/** DescribeDBSnapshots. */
export const DescribeDBSnapshots = operation<DescribeDBSnapshotsMessage, DBSnapshotMessage>(
  DescribeDBSnapshots$,
  {
    access: (input, ctx) => ({
      resource: rdsArn(ctx, 'snapshot', input.DBSnapshotIdentifier?.split(':').at(-1) ?? '*'),
    }),
    async handle(input, ctx) {
      const { DBSnapshotIdentifier: name, DBInstanceIdentifier: source, SnapshotType: type } = input
      if (name) {
        return { DBSnapshots: [snapshotView(await restorableSnapshot(ctx, 'snapshot', name))] }
      }
      const keep = filterOf(input.Filters, filters)
      const page = await pageOf(
        ctx,
        snapshots,
        input,
        (row) =>
          (source === undefined || row.source === source.toLowerCase()) &&
          (type === undefined || row.type === type) &&
          (input.DbiResourceId === undefined || row.resourceId === input.DbiResourceId) &&
          keep({
            'db-instance-id': [row.source],
            'db-snapshot-id': [row.identifier],
            'dbi-resource-id': [row.resourceId],
            'snapshot-type': [row.type],
            engine: [String(row.shown['Engine'])],
          }),
      )
      return { DBSnapshots: page.items.map(snapshotView), ...page.marker }
    },
  },
)

/** DeleteDBSnapshot, with its files. */
export const DeleteDBSnapshot = operation<
  DeleteDBSnapshotMessage,
  DeleteDBSnapshotResult,
  SnapshotRow
>(DeleteDBSnapshot$, {
  resolve: (input, ctx) => snapshotNamed(ctx, 'snapshot', input.DBSnapshotIdentifier),
  access: (_input, _ctx, row) => accessTo('snapshot', row),
  handle(_input, ctx, row) {
    ctx.store.table(snapshots).delete(row.identifier)
    ctx.enqueue(removeFilesTask, { node: row.node, fileId: row.fileId })
    return { DBSnapshot: snapshotView({ ...row, status: 'deleted' }) }
  },
})

/** CopyDBSnapshot, in the same Region; also of one that another account shares. */
export const CopyDBSnapshot = operation<CopyDBSnapshotMessage, CopyDBSnapshotResult, SnapshotRow>(
  CopyDBSnapshot$,
  {
    resolve: (input, ctx) => restorableSnapshot(ctx, 'snapshot', input.SourceDBSnapshotIdentifier),
    access(input, ctx, row) {
      const name = (input.TargetDBSnapshotIdentifier ?? '').toLowerCase()
      const conditions = requestTags(input.Tags)
      return [accessTo('snapshot', row), { resource: rdsArn(ctx, 'snapshot', name), conditions }]
    },
    async handle(input, ctx, row) {
      const identifier = identifierOf(
        'TargetDBSnapshotIdentifier',
        input.TargetDBSnapshotIdentifier,
      )
      const table = ctx.store.table(snapshots)
      if (await table.get(identifier)) throw taken('snapshot', identifier)
      const inherited = input.CopyTags ? row.tags : {}
      const copy: SnapshotRow = {
        ...row,
        identifier,
        arn: rdsArn(ctx, 'snapshot', identifier),
        status: 'creating',
        percent: 0,
        createdAt: ctx.now.toISOString(),
        fileId: ctx.ids.hex(32),
        tags: mergeTags(inherited, input.Tags),
        restorers: [],
        shown: { ...row.shown, SourceDBSnapshotIdentifier: row.arn },
      }
      table.put(identifier, copy)
      ctx.enqueue(copyTask, { kind: 'snapshot', from: row.fileId, identifier })
      return { DBSnapshot: snapshotView(copy) }
    },
  },
)

function attributesOf({ identifier, restorers }: SnapshotRow) {
  return {
    DBSnapshotIdentifier: identifier,
    DBSnapshotAttributes: [{ AttributeName: 'restore', AttributeValues: [...restorers] }],
  }
}

/** DescribeDBSnapshotAttributes: who may restore a snapshot. */
export const DescribeDBSnapshotAttributes = operation<
  DescribeDBSnapshotAttributesMessage,
  DescribeDBSnapshotAttributesResult,
  SnapshotRow
>(DescribeDBSnapshotAttributes$, {
  resolve: (input, ctx) => snapshotNamed(ctx, 'snapshot', input.DBSnapshotIdentifier),
  access: (_input, _ctx, row) => accessTo('snapshot', row),
  handle: (_input, _ctx, row) => ({ DBSnapshotAttributesResult: attributesOf(row) }),
})

/** ModifyDBSnapshotAttribute: shares a snapshot with accounts, or with all. */
export const ModifyDBSnapshotAttribute = operation<
  ModifyDBSnapshotAttributeMessage,
  ModifyDBSnapshotAttributeResult,
  SnapshotRow
>(ModifyDBSnapshotAttribute$, {
  resolve: (input, ctx) => snapshotNamed(ctx, 'snapshot', input.DBSnapshotIdentifier),
  access: (_input, _ctx, row) => accessTo('snapshot', row),
  handle(input, ctx, row) {
    const changed = { ...row, restorers: changedRestorers(row.restorers, input) }
    ctx.store.table(snapshots).put(row.identifier, changed)
    return { DBSnapshotAttributesResult: attributesOf(changed) }
  },
})
