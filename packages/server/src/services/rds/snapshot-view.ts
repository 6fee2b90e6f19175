import type { DBClusterSnapshot, DBSnapshot } from '@aws-sdk/client-rds'
import type { SnapshotRow } from './store.ts'
import { tagList } from './tagging.ts'

/** A snapshot of an instance as the API shows it. */
export function snapshotView(row: SnapshotRow): DBSnapshot {
  const { SourceCreatedAt, ...shown } = row.shown
  return {
    ...(shown as DBSnapshot),
    DBSnapshotIdentifier: row.identifier,
    DBSnapshotArn: row.arn,
    DBInstanceIdentifier: row.source,
    DbiResourceId: row.resourceId,
    Status: row.status,
    SnapshotType: row.type,
    PercentProgress: row.percent,
    ProcessorFeatures: [],
    SnapshotCreateTime: new Date(row.createdAt),
    OriginalSnapshotCreateTime: new Date(row.createdAt),
    InstanceCreateTime: new Date(String(SourceCreatedAt)),
    Encrypted: row.shown['StorageEncrypted'] === true,
    IAMDatabaseAuthenticationEnabled: false,
    TagList: tagList(row.tags),
  }
}

/** A snapshot of a cluster as the API shows it. */
export function clusterSnapshotView(row: SnapshotRow): DBClusterSnapshot {
  const { SourceCreatedAt, OptionGroupName: _group, DatabaseName: _name, ...shown } = row.shown
  return {
    ...(shown as DBClusterSnapshot),
    DBClusterSnapshotIdentifier: row.identifier,
    DBClusterSnapshotArn: row.arn,
    DBClusterIdentifier: row.source,
    DbClusterResourceId: row.resourceId,
    Status: row.status,
    SnapshotType: row.type,
    PercentProgress: row.percent,
    SnapshotCreateTime: new Date(row.createdAt),
    ClusterCreateTime: new Date(String(SourceCreatedAt)),
    IAMDatabaseAuthenticationEnabled: false,
    TagList: tagList(row.tags),
  }
}
