import * as sdk from '@aws-sdk/client-rds'
import { awsQuery } from '@bartizan/wire'
import { defineService, queryErrorCodes } from '../../kernel/service.ts'
import * as account from './account.ts'
import * as certificates from './certificates.ts'
import * as clusterChanges from './cluster-changes.ts'
import * as clusterParameterGroups from './cluster-parameter-groups.ts'
import * as clusterSnapshots from './cluster-snapshots.ts'
import * as clusters from './clusters.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import { databaseHost } from './database-host.ts'
import * as engineListing from './engine-listing.ts'
import * as eventListing from './event-listing.ts'
import * as instanceChanges from './instance-changes.ts'
import * as instancePower from './instance-power.ts'
import * as instances from './instances.ts'
import * as logFiles from './log-files.ts'
import { maintenanceJob } from './maintenance.ts'
import { forgetTask } from './master-secret.ts'
import * as optionGroups from './option-groups.ts'
import * as parameterGroups from './parameter-groups.ts'
import { registerTask } from './registered.ts'
import { rdsResources } from './resources.ts'
import * as restore from './restore.ts'
import { rotateSecret } from './rotation.ts'
import { copyTask, removeFilesTask } from './snapshot-files.ts'
import { snapshotTask } from './snapshot-making.ts'
import * as snapshots from './snapshots.ts'
import { startAgainJob } from './start-again.ts'
import * as subnetGroups from './subnet-groups.ts'
import * as tags from './tags.ts'
import {
  changeTask,
  joinTask,
  leaveTask,
  parametersTask,
  powerTask,
  provisionTask,
  removeTask,
} from './work.ts'

/** Amazon Relational Database Service (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/). */
export const rds = defineService({
  id: 'rds',
  protocols: [
    certificates.bundlePage(),
    awsQuery({ version: '2014-10-31', xmlNamespace: 'http://rds.amazonaws.com/doc/2014-10-31/' }),
  ],
  sdk: { ...sdk, GetCertificateBundle$: certificates.GetCertificateBundle$ },
  operations: [
    account,
    certificates,
    clusterChanges,
    clusterParameterGroups,
    clusterSnapshots,
    clusters,
    engineListing,
    eventListing,
    instanceChanges,
    instancePower,
    instances,
    logFiles,
    optionGroups,
    parameterGroups,
    restore,
    snapshots,
    subnetGroups,
    tags,
  ],
  constraints,
  errorCodes: queryErrorCodes,
  open: ['GetCertificateBundle'],
  jobs: [maintenanceJob, startAgainJob],
  tasks: [
    changeTask,
    copyTask,
    forgetTask,
    joinTask,
    leaveTask,
    parametersTask,
    powerTask,
    provisionTask,
    registerTask,
    removeFilesTask,
    removeTask,
    snapshotTask,
  ],
  startUp: (kernel) => kernel.runtimes.of(databaseHost).resume(),
  resources: rdsResources,
  rotateSecret,
  fidelity: {
    supported: [
      'DB instances of the engines postgres, mariadb and mysql, and clusters of aurora-postgresql and aurora-mysql: real servers of this machine, each with a port, a user and files of its own, over TLS with a certificate of the installation’s authority (served at /global/global-bundle.pem)',
      'PostgreSQL as found on the machine or in the optional npm package, MariaDB as found on the machine; without an engine CreateDBInstance and CreateDBCluster refuse',
      'servers stop with Bartizan and start with it, are started again when they fail, and none outlives a Bartizan that was killed',
      'create, describe, modify, stop, start, reboot and delete, deletion protection, maintenance windows, start by itself after seven days',
      'parameter groups of instances and clusters with the engine’s own parameters: dynamic ones applied at once, static ones after a restart; rds.force_ssl and require_secure_transport refuse what comes without TLS',
      'snapshots of instances and clusters (of PostgreSQL from the running server by its own backup protocol), copies, sharing with accounts, restores, final snapshots',
      'master passwords kept by Secrets Manager (ManageMasterUserPassword), rotated every seven days and on demand without a function',
      'registering a database that runs elsewhere: CreateDBInstance with an identifier of the operator’s list (BARTIZAN_RDS_ENDPOINTS_FILE) sets its master user’s password there, which ModifyDBInstance changes and Secrets Manager rotates; DeleteDBInstance forgets it and leaves the database alone',
      'subnet groups, option groups without options, tags, events (DescribeEvents and EventBridge), log files, certificates, engine versions and classes that can be ordered',
    ],
    deviates: [
      'engine versions are those installed on the machine; mysql and aurora-mysql are served by MariaDB, and say so in EngineVersion (8.0.mariadb.…)',
      'all servers share the machine’s ports: one that is asked for must be free, and without one the engine’s own is taken or the system chooses; the endpoint’s address is 127.0.0.1, or that of the server where PubliclyAccessible is set and the server listens on more than loopback',
      'a snapshot of MariaDB is a copy of the server’s files for which it is stopped and started again',
      'files are not encrypted by Bartizan: StorageEncrypted and KmsKeyId are checked, kept and shown; let the machine’s own disk be encrypted',
      'classes, storage, Multi-AZ, Performance Insights, monitoring and log settings are kept and shown: every server is one process with the machine’s processors, memory and disk',
      'the instances of a cluster are one server, and its reader endpoint is its writer’s',
      'subnets and security groups are kept as they are given, as there is no EC2; a subnet group’s VPC is made up',
      'without an installed version, another one of the same series takes its files over; there are no upgrades between series',
      'a registered database is not stopped, started, rebooted or given parameters: its own operator does that',
      'a snapshot of a registered database is what pg_dump (the database that is logged in to) or mariadb-dump (all but the engine’s own) writes, where they are installed: a restore makes a server of Bartizan’s own of it, without users and grants, whose master user needs a new password (ModifyDBInstance)',
      'no automated backups are made: BackupRetentionPeriod is kept and shown; a server’s files are not part of Bartizan’s own backup, snapshots are the way',
      'in MariaDB the master user’s CREATE USER reaches rdsadmin too, as in every MariaDB; what SQL reads and writes as files stays within the server’s own folder',
      'several nodes on one store: a server lives on the node that made it',
    ],
    absent: [
      'Oracle, SQL Server, Db2, Multi-AZ DB clusters, Aurora Serverless v1, read replicas, global databases, blue/green deployments, proxies, Data API',
      'formulas as values of parameters',
      'point-in-time restores, exports to S3, snapshots of other Regions, renaming',
      'IAM and Kerberos authentication, log exports, event subscriptions, activity streams',
    ],
  },
})
