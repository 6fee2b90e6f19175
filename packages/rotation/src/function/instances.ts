import { RDS, type DBInstance } from '@aws-sdk/client-rds'
import type { SecretFacts } from './secrets.ts'

/** A server's address. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** What rotation asks RDS about the servers that secrets name. */
export interface Instances {
  /** The server whose master user's secret RDS manages, by the secret's tags. Throws when there is none. */
  ofSecret(secret: SecretFacts): Promise<Address>
  /** Whether a server is a read replica of another. */
  isReplica(server: Address, source: Address): Promise<boolean>
}

const instanceTag = 'aws:rds:primaryDBInstanceArn'
const clusterTag = 'aws:rds:primaryDBClusterArn'

/** RDS as the function's execution role reaches it. */
export function rdsInstances(): Instances {
  const client = new RDS()
  return {
    async ofSecret({ tags }) {
      const arn = tags[instanceTag] ?? tags[clusterTag]
      const id = arn?.split(':').at(-1)
      if (id === undefined) throw new Error('host key is missing from secret JSON')
      if (tags[instanceTag] !== undefined) {
        const { DBInstances } = await client.describeDBInstances({ DBInstanceIdentifier: id })
        return addressOf(id, DBInstances?.[0]?.Endpoint?.Address, DBInstances?.[0]?.Endpoint?.Port)
      }
      const { DBClusters } = await client.describeDBClusters({ DBClusterIdentifier: id })
      return addressOf(id, DBClusters?.[0]?.Endpoint, DBClusters?.[0]?.Port)
    },
    async isReplica(server, source) {
      const instances = await allInstances(client)
      const named = ({ host, port }: Address) =>
        instances.find(({ Endpoint }) => Endpoint?.Address === host && Endpoint.Port === port)
      const replica = named(server)?.ReadReplicaSourceDBInstanceIdentifier
      return replica !== undefined && replica === named(source)?.DBInstanceIdentifier
    },
  }
}

function addressOf(id: string, host: string | undefined, port: number | undefined): Address {
  if (host === undefined || port === undefined)
    throw new Error(`The database ${id} has no endpoint`)
  return { host, port }
}

async function allInstances(client: RDS): Promise<DBInstance[]> {
  const all: DBInstance[] = []
  let Marker: string | undefined
  do {
    const page = await client.describeDBInstances(Marker === undefined ? {} : { Marker })
    all.push(...(page.DBInstances ?? []))
    Marker = page.Marker
  } while (Marker)
  return all
}
