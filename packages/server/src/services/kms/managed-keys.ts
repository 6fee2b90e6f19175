import type { Context } from '../../kernel/context.ts'
import { managedKeyPolicy } from './key-policy.ts'
import { resolveKey } from './key-reference.ts'
import type { KeySubject, ReferenceRules } from './key-reference.ts'
import { newMaterial } from './material-store.ts'
import { arnOf, daysAfter } from './model.ts'
import { rotateJob } from './rotate.ts'
import { aliases, keyOwners, keys } from './store.ts'
import type { KeyRow } from './store.ts'

/** Services with an AWS managed key (`alias/aws/<name>`) by the name their alias carries. */
const managedServices: ReadonlySet<string> = new Set(
  `acm backup cloudtrail codeartifact codecommit connect dms dynamodb ebs ecr elasticfilesystem es
  fsx glue kafka kinesis kinesisvideo lambda lightsail mq rds redshift s3 secretsmanager sns sqs ssm
  workspaces xray`.split(/\s+/),
)

/** The name in ViaService where it is not the alias's. */
const viaNames: Readonly<Record<string, string>> = {
  ebs: 'ec2',
  acm: 'acm',
  codecommit: 'codecommit',
}

/** What AWS's descriptions say a key protects, where it is not `<service> data`. */
const protectedThings: Readonly<Record<string, string>> = {
  acm: 'ACM private keys',
  backup: 'Backup data',
  dynamodb: 'DynamoDB data',
  ebs: 'EBS volumes',
  elasticfilesystem: 'EFS filesystems',
  lambda: 'Lambda functions',
  rds: 'RDS database volumes',
  s3: 'S3 objects',
  secretsmanager: 'Secrets Manager data',
  ssm: 'SSM parameters',
}

const rotationPeriodDays = 365

function serviceOf(text: string): string | undefined {
  const name = /(?:^|:)alias\/aws\/([a-z0-9-]+)$/.exec(text)?.[1]
  return name !== undefined && managedServices.has(name) ? name : undefined
}

/** Whether the call comes from the service whose key is meant, or asks for its description. */
function mayCreate(ctx: Context, service: string, operation: string): boolean {
  const via = viaNames[service] ?? service
  return operation === 'DescribeKey' || ctx.viaService === `${via}.${ctx.region}.amazonaws.com`
}

async function createManagedKey(ctx: Context, service: string): Promise<void> {
  const id = ctx.ids.uuid()
  const material = await newMaterial(ctx.store, { id, spec: 'SYMMETRIC_DEFAULT' })
  const nextAt = daysAfter(ctx.now, rotationPeriodDays)
  const alias = `alias/aws/${service}`
  const createdAt = ctx.now.toISOString()
  const key: KeyRow = {
    id,
    accountId: ctx.account,
    region: ctx.region,
    arn: arnOf(ctx.region, ctx.account, `key/${id}`),
    createdAt,
    description: `Default key that protects my ${protectedThings[service] ?? `${service} data`} when no other key is defined`,
    spec: 'SYMMETRIC_DEFAULT',
    usage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    manager: 'AWS',
    enabled: true,
    policy: managedKeyPolicy(viaNames[service] ?? service, ctx.account, ctx.region),
    tags: [],
    aliases: [alias],
    materials: [material],
    currentMaterialId: material.id,
    rotation: { periodDays: rotationPeriodDays, nextAt: nextAt.toISOString() },
    onDemandRotations: 0,
  }
  ctx.store.table(keys).put(id, key)
  ctx.store.table(keyOwners).put(id, { accountId: ctx.account })
  ctx.store.table(aliases).put(alias, { name: alias, keyId: id, createdAt, updatedAt: createdAt })
  ctx.schedule.at(rotateJob, id, nextAt)
}

/** Finds the key a request names; AWS managed keys come into being when their service first asks. */
export function findKey(ctx: Context, text: string, rules: ReferenceRules): Promise<KeySubject> {
  const service = rules.alias ? serviceOf(text) : undefined
  return service !== undefined && mayCreate(ctx, service, rules.operation)
    ? ensureManagedKey(ctx, service).then(() => resolveKey(ctx, text, rules))
    : resolveKey(ctx, text, rules)
}

async function ensureManagedKey(ctx: Context, service: string): Promise<void> {
  const existing = await ctx.store.table(aliases).get(`alias/aws/${service}`)
  if (!existing) await createManagedKey(ctx, service)
}
