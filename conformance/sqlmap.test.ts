import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { EC2 } from '@aws-sdk/client-ec2'
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2'
import { RDS, waitUntilDBInstanceAvailable } from '@aws-sdk/client-rds'
import { WAFV2, type Rule } from '@aws-sdk/client-wafv2'
import { findSqlmap, present, skipWithout } from './clients.ts'
import { run } from './process.ts'
import { startServer, type Server } from './server.ts'
import { startVulnerableShop, type VulnerableShop } from './vulnerable-shop.ts'

const sqlmap = await findSqlmap()
const skip = skipWithout(sqlmap)
const secret = 'the-crown-jewels-are-in-drawer-7'
const attackMs = 60_000
/** Words that only an attacker has the shop say to its database. */
const injected = /union|vault|pg_|cast|sleep|chr\(|information_schema| (?:and|or|order by) /i

let server: Server
let shop: VulnerableShop
let loadBalancer: { readonly arn: string; readonly url: string }

function settings() {
  const { endpoint, region, admin: credentials } = server
  return { endpoint, region, credentials, maxAttempts: 1 }
}

/** A PostgreSQL server of RDS, by its URL. */
async function newDatabase(): Promise<string> {
  const client = new RDS(settings())
  const DBInstanceIdentifier = 'shop'
  const [MasterUsername, MasterUserPassword] = ['chief', 'of-the-vulnerable-shop']
  await client.createDBInstance({
    DBInstanceIdentifier,
    Engine: 'postgres',
    DBInstanceClass: 'db.t3.micro',
    AllocatedStorage: 20,
    DBName: 'shop',
    MasterUsername,
    MasterUserPassword,
  })
  const wait = { client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }
  await waitUntilDBInstanceAvailable(wait, { DBInstanceIdentifier })
  const { DBInstances } = await client.describeDBInstances({ DBInstanceIdentifier })
  const { Address, Port } = DBInstances?.[0]?.Endpoint ?? {}
  return `postgres://${MasterUsername}:${MasterUserPassword}@${Address}:${Port}/shop`
}

/** A load balancer before the shop: its ARN, and where it is reached. */
async function newLoadBalancer(): Promise<{ arn: string; url: string }> {
  const elb = new ElasticLoadBalancingV2(settings())
  const { Subnets = [] } = await new EC2(settings()).describeSubnets()
  const { LoadBalancers } = await elb.createLoadBalancer({
    Name: 'shop',
    Subnets: Subnets.slice(0, 2).map(({ SubnetId = '' }) => SubnetId),
  })
  const { TargetGroups } = await elb.createTargetGroup({
    Name: 'shop',
    Protocol: 'HTTP',
    Port: shop.port,
    VpcId: Subnets[0]?.VpcId,
    TargetType: 'ip',
  })
  const arn = LoadBalancers?.[0]?.LoadBalancerArn ?? ''
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? ''
  await elb.registerTargets({ TargetGroupArn, Targets: [{ Id: '127.0.0.1', Port: shop.port }] })
  const { Listeners } = await elb.createListener({
    LoadBalancerArn: arn,
    Protocol: 'HTTP',
    Port: 18_181,
    DefaultActions: [{ Type: 'forward', TargetGroupArn }],
  })
  const ResourceArns = [Listeners?.[0]?.ListenerArn ?? '']
  const { TagDescriptions } = await elb.describeTags({ ResourceArns })
  const tag = TagDescriptions?.[0]?.Tags?.find(({ Key }) => Key === 'aws:bartizan:endpoint')
  const { port } = new URL(tag?.Value ?? '')
  return { arn, url: `http://127.0.0.1:${port}` }
}

const visibility = (MetricName: string) => ({
  SampledRequestsEnabled: true,
  CloudWatchMetricsEnabled: true,
  MetricName,
})

const managedGroup = (Name: string, Priority: number): Rule => ({
  Name,
  Priority,
  Statement: { ManagedRuleGroupStatement: { VendorName: 'AWS', Name } },
  OverrideAction: { None: {} },
  VisibilityConfig: visibility(Name),
})

/** Puts a web ACL of the managed groups that everybody begins with before a load balancer. */
async function protect(ResourceArn: string): Promise<void> {
  const waf = new WAFV2(settings())
  const { Summary } = await waf.createWebACL({
    Name: 'shop',
    Scope: 'REGIONAL',
    DefaultAction: { Allow: {} },
    Rules: [
      managedGroup('AWSManagedRulesCommonRuleSet', 0),
      managedGroup('AWSManagedRulesKnownBadInputsRuleSet', 1),
      managedGroup('AWSManagedRulesSQLiRuleSet', 2),
    ],
    VisibilityConfig: visibility('shop'),
  })
  await waf.associateWebACL({ ResourceArn, WebACLArn: Summary?.ARN })
}

/** Has sqlmap attack the shop's one parameter with what it knows, under a browser's user agent; what it says. */
async function attack(query: string, more: readonly string[] = []): Promise<string> {
  const [parameter = ''] = query.split('=')
  const url = `${loadBalancer.url}/products?${query}`
  const args = ['-u', url, '-p', parameter, '--batch', '--flush-session', '--disable-coloring']
  const patience = ['--threads=4', '--timeout=5', '--retries=0', '--time-sec=1']
  const goal = ['--random-agent', '--dbms=postgresql', '--dump', '-D', 'public', '-T', 'vault']
  const folder = mkdtempSync(join(server.folder, 'sqlmap-'))
  const all = [...args, ...patience, ...goal, `--output-dir=${folder}`, ...more]
  const { stdout, stderr } = await run(present(sqlmap).path, all, { timeoutMs: attackMs })
  return stdout + stderr
}

async function page(url: string): Promise<{ status: number; text: string }> {
  const response = await fetch(url)
  return { status: response.status, text: await response.text() }
}

describe('sqlmap against a vulnerable application behind a load balancer', { skip }, () => {
  before(async () => {
    server = await startServer()
    shop = await startVulnerableShop(await newDatabase(), secret)
    loadBalancer = await newLoadBalancer()
  })
  after(async () => {
    await shop.stop()
    await server.stop()
  })

  test('without a web ACL it reads a table that no page shows', async () => {
    // That a quoted parameter can be attacked too is told by the quickest of its techniques.
    const attacks = [attack('id=1'), attack('name=cup', ['--technique=E'])]
    for (const said of await Promise.all(attacks)) {
      assert.ok(said.includes(secret), said)
    }
  })

  test('with the managed groups it gets nothing, and customers their pages', async () => {
    await protect(loadBalancer.arn)
    const before = shop.statements().length
    const attacks = [
      attack('id=1'),
      attack('name=cup'),
      attack('id=1', ['--tamper=space2comment,randomcase']),
      attack('name=cup', ['--tamper=charencode,equaltolike']),
    ]
    for (const said of await Promise.all(attacks)) {
      assert.match(said, /all tested parameters do not appear to be injectable/)
      assert.ok(!said.includes(secret), said)
    }
    const statements = shop.statements().slice(before)
    assert.ok(statements.length >= attacks.length, 'what is harmless goes through')
    assert.deepEqual(
      statements.filter((sql) => injected.test(sql)),
      [],
    )
    const cup = await page(`${loadBalancer.url}/products?name=cup`)
    assert.deepEqual(cup, { status: 200, text: '<ul><li>cup 4</li>' })
  })
})
