import assert from 'node:assert/strict'

/** What the checks of a module know besides its outputs. */
export interface Surroundings {
  readonly endpoint: string
  readonly accountId: string
}

/** Which of the two states of a configuration is applied. */
export type Stage = 'first' | 'second'

/** A folder of `conformance/terraform`: a module that is applied, changed and destroyed. */
export interface Module {
  readonly folder: string
  /** What the folder is about, in a test's name. */
  readonly about: string
  /** Its variables; `stage` when not given. */
  variables?(stage: Stage): Readonly<Record<string, string | number | boolean>>
  /** Provider configurations it has besides the default one. */
  readonly providers?: readonly string[]
  /** Judges the outputs; `first` are those of the first stage. */
  check(outputs: Outputs, stage: Stage, surroundings: Surroundings, first: Outputs): void
}

type Outputs = Readonly<Record<string, unknown>>

const keys: Module = {
  folder: 'kms',
  about: 'KMS keys',
  variables: (stage) => ({
    key_material: Buffer.alloc(32, 7).toString('base64'),
    valid_to: inThirtyDays,
    ...(stage === 'second' && { description: 'second', rotation_days: 180, enabled: false }),
  }),
  providers: ['replica'],
  check(outputs, stage, { accountId }, first) {
    assert.equal(outputs['account'], accountId)
    assert.equal(outputs['secret'], 'a secret of Terraform\u0027s')
    assert.equal(outputs['key_state'], stage === 'first')
    if (stage === 'first') assert.equal(outputs['alias_target'], outputs['main_key_id'])
    else assert.notEqual(outputs['alias_target'], first['main_key_id'])
    assert.match(String(outputs['public_key_pem']), /^-----BEGIN PUBLIC KEY-----/)
    assert.equal(
      String(outputs['replica_arn']),
      String(outputs['primary_arn']).replace('us-east-1', 'eu-west-1'),
    )
    assert.equal(outputs['imported_state'], 'Enabled')
    assert.equal(outputs['expiration_model'], 'KEY_MATERIAL_EXPIRES')
    assert.equal(outputs['replica_external_state'], 'Enabled')
    assert.match(String(outputs['grant_id']), /^[0-9a-f]{64}$/)
  },
}

const inThirtyDays = new Date(Date.now() + 30 * 86_400_000).toISOString().replace(/\.\d+/, '')

const iam: Module = {
  folder: 'iam',
  about: 'IAM users, groups, roles and policies',
  check(outputs, stage, { accountId }) {
    assert.equal(outputs['role'], `arn:aws:iam::${accountId}:role/service/service`)
    assert.deepEqual(outputs['roles'], ['service'])
    const carol = stage === 'first' ? 'carol' : 'caroline'
    assert.deepEqual((outputs['users'] as string[]).toSorted(), ['ada', carol])
    const members = stage === 'first' ? ['ada', 'bob'] : ['ada']
    assert.deepEqual((outputs['members'] as string[]).toSorted(), members)
    assert.equal(outputs['account_alias'], `bartizan-${stage}`)
    assert.equal(outputs['simulation_allowed'], true)
    assert.equal(outputs['read_only_name'], 'ReadOnlyAccess')
    assert.equal(
      outputs['service_linked_role'],
      `arn:aws:iam::${accountId}:role/aws-service-role/elasticbeanstalk.amazonaws.com/AWSServiceRoleForElasticBeanstalk`,
    )
  },
}

const organization: Module = {
  folder: 'organization',
  about: 'an organization and a stack',
  check(outputs, stage) {
    assert.equal(outputs['accounts'], 2)
    if (stage === 'first') assert.equal(outputs['description'], 'first')
  },
}

const messaging: Module = {
  folder: 'messaging',
  about: 'SQS queues and SNS topics',
  check(outputs, _stage, { endpoint, accountId }) {
    assert.equal(outputs['queue_url'], `${endpoint}/${accountId}/terraform-main`)
    assert.equal(outputs['found_arn'], `arn:aws:sqs:us-east-1:${accountId}:terraform-main`)
    assert.equal(outputs['topic_arn'], `arn:aws:sns:us-east-1:${accountId}:terraform-main`)
    assert.equal(outputs['subscription_confirmed'], true)
  },
}

const events: Module = {
  folder: 'events',
  about: 'EventBridge buses, rules and destinations',
  check(outputs, _stage, { accountId }) {
    const arn = `arn:aws:events:us-east-1:${accountId}`
    assert.equal(outputs['bus_arn'], `${arn}:event-bus/terraform-orders`)
    assert.equal(outputs['rule_arn'], `${arn}:rule/terraform-orders/terraform-orders`)
    assert.equal(outputs['authorization_type'], 'BASIC')
  },
}

const repositories: Module = {
  folder: 'ecr',
  about: 'ECR repositories',
  check(outputs, stage, { accountId }) {
    const registry = `${accountId}.dkr.ecr.us-east-1.amazonaws.com`
    assert.equal(outputs['url'], `${registry}/terraform/app`)
    assert.equal(outputs['mutability'], stage === 'first' ? 'MUTABLE' : 'IMMUTABLE')
    assert.equal(outputs['sealed_by_its_key'], true)
  },
}

const buckets: Module = {
  folder: 's3',
  about: 'S3 buckets with all that configures them',
  variables: (stage) => ({ days: stage === 'first' ? 30 : 31 }),
  check: (outputs, stage) =>
    assert.equal(outputs['body'], stage === 'first' ? 'hello, 30' : 'hello, 31'),
}

const functions: Module = {
  folder: 'lambda',
  about: 'Lambda functions with all that belongs to them',
  check(outputs, stage, { accountId }) {
    assert.equal(outputs['arn'], `arn:aws:lambda:us-east-1:${accountId}:function:terraform-main`)
    const version = stage === 'first' ? '1' : '2'
    assert.deepEqual([outputs['version'], outputs['said']], [version, stage])
    if (stage === 'first') assert.equal(outputs['found_timeout'], 20)
  },
}

const observability: Module = {
  folder: 'observability',
  about: 'logs, alarms, a dashboard and a trail',
  check(outputs, _stage, { accountId }) {
    const place = `us-east-1:${accountId}`
    assert.equal(outputs['log_group_arn'], `arn:aws:logs:${place}:log-group:/tf/main`)
    assert.equal(outputs['trail_arn'], `arn:aws:cloudtrail:${place}:trail/observability`)
  },
}

const parameters: Module = {
  folder: 'ssm',
  about: 'parameters of every type and a service setting',
  check(outputs, stage, { accountId }) {
    assert.equal(outputs['text_arn'], `arn:aws:ssm:us-east-1:${accountId}:parameter/terraform/text`)
    assert.equal(outputs['text_version'], stage === 'first' ? 1 : 2)
    assert.equal(outputs['managed'], `secret-${stage}`)
    const names = ['deep/managed', 'deep/own', 'image', 'list', 'text']
    assert.deepEqual(
      outputs['names'],
      names.map((name) => `/terraform/${name}`),
    )
    const image = 'ami-0123456789abcdef0'
    const values = [`secret-${stage}`, 'own-secret', image, `a,b,${stage}`, `text-${stage}`]
    assert.deepEqual(outputs['values'], values)
    assert.equal(outputs['setting_status'], 'Customized')
  },
}

const rotation: Module = {
  folder: 'rotation',
  about: 'a rotation function of the Serverless Application Repository',
  check(outputs, stage, { accountId }) {
    const arn = `arn:aws:lambda:us-east-1:${accountId}:function:terraform-rotator`
    assert.deepEqual(outputs, { arn, excluded: stage === 'first' ? '/@' : '/@"' })
  },
}

const secrets: Module = {
  folder: 'secretsmanager',
  about: 'secrets of Secrets Manager',
  check(outputs, stage, { accountId }) {
    const name = `arn:aws:secretsmanager:us-east-1:${accountId}:secret:terraform/main-`
    assert.ok(String(outputs['arn']).startsWith(name))
    assert.equal(outputs['found_arn'], outputs['arn'])
    assert.equal(outputs['password'], stage)
    assert.equal(outputs['rotates'], true)
    assert.equal(outputs['random_length'], 24)
  },
}

const databases: Module = {
  folder: 'rds',
  about: 'database instances, clusters, their groups and a snapshot',
  check(outputs, stage) {
    assert.equal(outputs['address'], '127.0.0.1')
    assert.equal(outputs['storage'], stage === 'first' ? 20 : 30)
    assert.match(String(outputs['secret']), /:secret:rds!cluster-/)
    assert.deepEqual(
      [outputs['status'], outputs['writer'], outputs['snapshot']],
      ['available', true, 'available'],
    )
  },
}

const loadBalancers: Module = {
  folder: 'loadbalancing',
  about: 'load balancers with their network, listeners, rules, certificates and targets',
  check(outputs, stage, { accountId }) {
    assert.match(String(outputs['dns_name']), /^terraform-web-\d+\.us-east-1\.elb\.localhost$/)
    assert.equal(outputs['inner_scheme'], true)
    assert.equal(outputs['idle_timeout'], stage === 'first' ? 60 : 30)
    const name = `arn:aws:elasticloadbalancing:us-east-1:${accountId}:listener/app/terraform-web/`
    assert.ok(String(outputs['listener_arn']).startsWith(name))
  },
}

const gateway: Module = {
  folder: 'apigateway',
  about: 'a REST API with what it is made of',
  check(outputs, _stage, { accountId }) {
    const id = String(outputs['api_id'])
    assert.equal(outputs['execution_arn'], `arn:aws:execute-api:us-east-1:${accountId}:${id}`)
    assert.equal(outputs['found_api'], id)
    assert.equal(outputs['found_resource'], outputs['resource'])
    const stage = `arn:aws:apigateway:us-east-1::/restapis/${id}/stages/live`
    assert.equal(outputs['stage_arn'], stage)
  },
}

const distributions: Module = {
  folder: 'cloudfront',
  about: 'a distribution, with a web ACL in its second stage',
  check(outputs, stage, { accountId }) {
    const arn = `arn:aws:cloudfront::${accountId}:distribution/${String(outputs['id'])}`
    assert.equal(outputs['arn'], arn)
    assert.match(String(outputs['domain_name']), /^d[a-z0-9]+\.cloudfront\.localhost$/)
    assert.equal(outputs['found_domain_name'], outputs['domain_name'])
    assert.deepEqual([outputs['status'], outputs['is_protected']], ['Deployed', stage === 'second'])
  },
}

const firewalls: Module = {
  folder: 'wafv2',
  about: 'web ACLs with their rule groups, sets, association, log and API key',
  check(outputs, _stage, { accountId }) {
    const name = `arn:aws:wafv2:us-east-1:${accountId}:regional/webacl/terraform-main/`
    assert.ok(String(outputs['arn']).startsWith(name))
    assert.equal(outputs['found_arn'], outputs['arn'])
    // 13 of the office's rule, 700 and 50 of the groups, 2 of the rate.
    assert.equal(outputs['capacity'], 765)
  },
}

/**
 * The modules that one configuration applies together. Most of what Terraform costs is starting its
 * provider, once for each command: few large configurations take a fraction of many small ones' time.
 */
export const configurations: readonly (readonly Module[])[] = [
  [keys, iam, organization, events, parameters],
  [messaging, buckets, functions, repositories, observability, rotation, secrets],
  [databases, gateway, distributions],
  [loadBalancers, firewalls],
]
