import { defineTable } from '../../kernel/store/store.ts'

/** Engines of the API, as CreateDBInstance and CreateDBCluster name them. */
export type EngineName = 'postgres' | 'mysql' | 'mariadb' | 'aurora-postgresql' | 'aurora-mysql'

/** A database server of this installation: what its process is made of. Times are ISO 8601. */
export interface DatabaseRow {
  /** `db-…` of an instance, `cluster-…` of a cluster. */
  readonly id: string
  /** The node on whose disk it lies. */
  readonly node: string
  readonly account: string
  readonly region: string
  readonly kind: 'instance' | 'cluster'
  /** The instance's or cluster's identifier. */
  readonly identifier: string
  readonly driver: 'postgres' | 'mariadb'
  /** The engine's own version. */
  readonly version: string
  /** Absent until one was chosen. */
  readonly port?: number
  /** Whether it runs while the server does. */
  readonly isWanted: boolean
  readonly isPublic: boolean
  /** Parameters as they are in force. */
  readonly parameters: Readonly<Record<string, string>>
  readonly uid: number
  readonly masterUsername: string
  /** Of `rdsadmin`, by which the server administers it; empty of a server elsewhere. */
  readonly adminPassword: string
  /** Of a server that runs elsewhere: its name in the operator's list, where its address stands. */
  readonly registered?: string
}

/** Every database server of the installation, by id. */
export const databases = defineTable<DatabaseRow>({
  name: 'rds.databases',
  scope: 'system',
  sealed: ['adminPassword'],
  indexes: {
    port: (row) => (row.port === undefined ? undefined : String(row.port)),
    registered: (row) => row.registered,
  },
})

/** What RDS shows of something, by AWS's names; JSON. */
export type Shown = Readonly<Record<string, unknown>>

/** The secret that holds a managed master password. */
export interface MasterSecret {
  readonly arn: string
  readonly kmsKeyId: string
  readonly status: string
}

/** What an instance and a cluster are alike in. */
export interface OwnerRow {
  readonly identifier: string
  readonly resourceId: string
  readonly account: string
  readonly region: string
  readonly arn: string
  readonly engine: EngineName
  readonly status: string
  readonly createdAt: string
  /** The name of the group that it uses. */
  readonly parameterGroup: string
  readonly subnetGroup?: string
  readonly endpoint?: { readonly address: string; readonly port: number }
  readonly masterUsername: string
  readonly masterSecret?: MasterSecret
  readonly parameterStatus: 'in-sync' | 'applying' | 'pending-reboot'
  readonly deletionProtection: boolean
  readonly tags: Readonly<Record<string, string>>
  /** Members that are kept and shown as they were given. */
  readonly shown: Shown
}

/** A DB instance. */
export interface InstanceRow extends OwnerRow {
  readonly optionGroup: string
  readonly clusterIdentifier?: string
  readonly isWriter?: boolean
  readonly isPublic: boolean
  /** Whether its server runs elsewhere and is only registered. */
  readonly isRegistered?: boolean
  /** Members of PendingModifiedValues. */
  readonly pending: Shown
}

/** DB instances, by identifier. */
export const instances = defineTable<InstanceRow>({
  name: 'rds.instances',
  scope: 'region',
  indexes: {
    resource: (row) => row.resourceId,
    cluster: (row) => row.clusterIdentifier,
    parameterGroup: (row) => row.parameterGroup,
    subnetGroup: (row) => row.subnetGroup,
    optionGroup: (row) => row.optionGroup,
    secret: (row) => row.masterSecret?.arn,
  },
})

/** A DB cluster. */
export type ClusterRow = OwnerRow

/** DB clusters, by identifier. */
export const clusters = defineTable<ClusterRow>({
  name: 'rds.clusters',
  scope: 'region',
  indexes: {
    resource: (row) => row.resourceId,
    parameterGroup: (row) => row.parameterGroup,
    subnetGroup: (row) => row.subnetGroup,
    secret: (row) => row.masterSecret?.arn,
  },
})

/** A snapshot of an instance or a cluster. */
export interface SnapshotRow {
  readonly identifier: string
  readonly arn: string
  readonly source: string
  readonly resourceId: string
  readonly status: string
  readonly type: 'manual' | 'automated'
  readonly createdAt: string
  readonly percent: number
  readonly tags: Readonly<Record<string, string>>
  /** Names the folder of its files. */
  readonly fileId: string
  readonly driver: 'postgres' | 'mariadb'
  readonly version: string
  readonly node: string
  /** Whether it is a dump of a server elsewhere, not the files of one of Bartizan's own. */
  readonly isDump?: boolean
  /** Of the `rdsadmin` whom the files know. */
  readonly adminPassword: string
  readonly shown: Shown
  /** Accounts that may restore it. */
  readonly restorers: readonly string[]
}

/** Snapshots of instances, by identifier. */
export const snapshots = defineTable<SnapshotRow>({
  name: 'rds.snapshots',
  scope: 'region',
  sealed: ['adminPassword'],
  indexes: { source: (row) => row.source },
})

/** Snapshots of clusters, by identifier. */
export const clusterSnapshots = defineTable<SnapshotRow>({
  name: 'rds.cluster-snapshots',
  scope: 'region',
  sealed: ['adminPassword'],
  indexes: { source: (row) => row.source },
})

/** A subnet group. */
export interface SubnetGroupRow {
  readonly name: string
  readonly arn: string
  readonly description: string
  readonly subnetIds: readonly string[]
  readonly tags: Readonly<Record<string, string>>
}

/** Subnet groups, by name. */
export const subnetGroups = defineTable<SubnetGroupRow>({
  name: 'rds.subnet-groups',
  scope: 'region',
})

/** A parameter that was set, and when it is to be applied. */
export interface SetParameter {
  readonly value: string
  readonly method: 'immediate' | 'pending-reboot'
}

/** A parameter group of instances or clusters; of a default group nothing is kept. */
export interface ParameterGroupRow {
  readonly name: string
  readonly arn: string
  readonly family: string
  readonly description: string
  readonly parameters: Readonly<Record<string, SetParameter>>
  readonly tags: Readonly<Record<string, string>>
}

/** Parameter groups of instances, by name. */
export const parameterGroups = defineTable<ParameterGroupRow>({
  name: 'rds.parameter-groups',
  scope: 'region',
})

/** Parameter groups of clusters, by name. */
export const clusterParameterGroups = defineTable<ParameterGroupRow>({
  name: 'rds.cluster-parameter-groups',
  scope: 'region',
})

/** An option group. */
export interface OptionGroupRow {
  readonly name: string
  readonly arn: string
  readonly engine: string
  readonly majorVersion: string
  readonly description: string
  readonly tags: Readonly<Record<string, string>>
}

/** Option groups, by name. */
export const optionGroups = defineTable<OptionGroupRow>({
  name: 'rds.option-groups',
  scope: 'region',
})

/** Something that happened. */
export interface EventRow {
  readonly sourceType: string
  readonly source: string
  readonly sourceArn: string
  readonly message: string
  readonly categories: readonly string[]
  readonly at: string
}

/** Events, in order. */
export const events = defineTable<EventRow>({
  name: 'rds.events',
  scope: 'region',
  indexes: { at: (row) => row.at },
})

/** The authority that signs the servers' certificates; PEM. */
export interface AuthorityRow {
  readonly privateKey: string
  readonly certificate: string
}

/** The installation's authority, under the key `authority`. */
export const authorities = defineTable<AuthorityRow>({
  name: 'rds.authorities',
  scope: 'system',
  sealed: ['privateKey'],
})
