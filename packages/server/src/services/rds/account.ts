import {
  DescribeAccountAttributes$,
  DescribeGlobalClusters$,
  GlobalClusterNotFoundFault$,
} from '@aws-sdk/client-rds'
import type {
  AccountAttributesMessage,
  DescribeGlobalClustersMessage,
  GlobalClustersMessage,
} from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import type { Table } from '../../kernel/store/store.ts'
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

/** AWS's default quotas, which are shown and not enforced (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html). */
const quotas = [
  quota('DBInstances', 40, instances),
  quota('DBClusters', 40, clusters),
  quota('DBParameterGroups', 50, parameterGroups),
  quota('DBClusterParameterGroups', 50, clusterParameterGroups),
  quota('DBSubnetGroups', 50, subnetGroups),
  quota('OptionGroups', 20, optionGroups),
  quota('ManualSnapshots', 100, snapshots),
  quota('ManualClusterSnapshots', 100, clusterSnapshots),
]

function quota<Row extends object>(name: string, most: number, table: Table<Row>) {
  return { name, most, used: (ctx: Context) => ctx.store.table(table).count() }
}

/** DescribeAccountAttributes: how much of each quota is used. */
export const DescribeAccountAttributes = operation<object, AccountAttributesMessage>(
  DescribeAccountAttributes$,
  {
    access: () => ({ resource: '*' }),
    async handle(_input, ctx) {
      const AccountQuotas = await Promise.all(
        quotas.map(async ({ name, used, most }) => ({
          AccountQuotaName: name,
          Used: await used(ctx),
          Max: most,
        })),
      )
      return { AccountQuotas }
    },
  },
)

/** DescribeGlobalClusters: there are none, as none can be made. */
export const DescribeGlobalClusters = operation<
  DescribeGlobalClustersMessage,
  GlobalClustersMessage
>(DescribeGlobalClusters$, {
  access: () => ({ resource: '*' }),
  handle(input) {
    const name = input.GlobalClusterIdentifier
    if (name) throw awsError(GlobalClusterNotFoundFault$, `Global cluster ${name} not found`)
    return { GlobalClusters: [] }
  },
})
