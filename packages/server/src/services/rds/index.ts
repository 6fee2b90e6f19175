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
    removeFilesTask,
    removeTask,
    snapshotTask,
  ],
  startUp: (kernel) => kernel.runtimes.of(databaseHost).resume(),
  rotateSecret,
  fidelity: {
    supported: [],
    deviates: [],
    absent: [],
  },
})
