import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { EC2 } from '@aws-sdk/client-ec2'
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { systemClock } from '../../kernel/clock.ts'

describe('targets and their health', () => {
  let bartizan: TestServer
  let elb: ElasticLoadBalancingV2
  let isGood = true
  const clock = systemClock()
  const target = createServer((_message, response) => {
    response.statusCode = isGood ? 200 : 500
    response.end('ok')
  })

  before(async () => {
    bartizan = await startTestServer({ BARTIZAN_LISTENER_PORTS: '0' })
    elb = bartizan.client(ElasticLoadBalancingV2)
    target.listen(0, '127.0.0.1')
    await once(target, 'listening')
  })
  after(async () => {
    target.closeAllConnections()
    target.close()
    await bartizan.close()
  })

  /** Asks until the state is as wanted, the clock going on by an interval now and then; gives the whole of it. */
  async function stateIs(TargetGroupArn: string, wanted: string, interval?: string) {
    for (let attempt = 0; ; attempt++) {
      const { TargetHealthDescriptions } = await elb.describeTargetHealth({ TargetGroupArn })
      const health = TargetHealthDescriptions?.[0]?.TargetHealth
      if (health?.State === wanted) return health
      if (attempt > 100) assert.fail(`${JSON.stringify(health)} instead of ${wanted}`)
      if (interval !== undefined && attempt % 15 === 0) await bartizan.advance(interval)
      await new Promise<void>((resolve) => clock.after(50, resolve))
    }
  }

  test('a target is unused, healthy, unhealthy, draining and gone, by the server’s clock', async () => {
    const { Subnets = [] } = await bartizan.client(EC2).describeSubnets({})
    const { port } = target.address() as AddressInfo
    const { TargetGroups } = await elb.createTargetGroup({
      Name: 'health',
      Protocol: 'HTTP',
      Port: 80,
      VpcId: Subnets[0]?.VpcId,
      TargetType: 'ip',
    })
    const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? ''
    const Targets = [{ Id: '127.0.0.1', Port: port }]
    await elb.registerTargets({ TargetGroupArn, Targets })
    assert.equal((await stateIs(TargetGroupArn, 'unused')).Reason, 'Target.NotInUse')
    const { LoadBalancers } = await elb.createLoadBalancer({
      Name: 'health',
      Subnets: Subnets.slice(0, 2).map(({ SubnetId = '' }) => SubnetId),
    })
    const { Listeners } = await elb.createListener({
      LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
      Protocol: 'HTTP',
      Port: 18_280,
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    })
    await stateIs(TargetGroupArn, 'healthy')
    isGood = false
    const bad = await stateIs(TargetGroupArn, 'unhealthy', '31s')
    assert.equal(bad.Reason, 'Target.ResponseCodeMismatch')
    assert.equal(bad.Description, 'Health checks failed with these codes: [500]')
    await elb.deregisterTargets({ TargetGroupArn, Targets })
    assert.equal(
      (await stateIs(TargetGroupArn, 'draining')).Reason,
      'Target.DeregistrationInProgress',
    )
    await bartizan.advance('301s')
    const { TargetHealthDescriptions } = await elb.describeTargetHealth({ TargetGroupArn })
    assert.deepEqual(TargetHealthDescriptions, [])
    const ListenerArn = Listeners?.[0]?.ListenerArn ?? ''
    const { TagDescriptions } = await elb.describeTags({ ResourceArns: [ListenerArn] })
    const endpoint = TagDescriptions?.[0]?.Tags?.find(({ Key }) => Key === 'aws:bartizan:endpoint')
    const [answer] = (await once(
      get(endpoint?.Value?.replace(/\/\/[^:]+/, '//127.0.0.1') ?? ''),
      'response',
    )) as [IncomingMessage]
    assert.equal(answer.statusCode, 503)
    answer.resume()
  })

  test('a target that would be the API itself, or a metadata service, is refused', async () => {
    const { Vpcs } = await bartizan.client(EC2).describeVpcs({})
    const { TargetGroups } = await elb.createTargetGroup({
      Name: 'refused',
      Protocol: 'HTTP',
      Port: 80,
      VpcId: Vpcs?.[0]?.VpcId,
      TargetType: 'ip',
    })
    const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn
    const own = Number(new URL(bartizan.endpoint).port)
    for (const { Id, Port } of [
      { Id: '127.0.0.1', Port: own },
      { Id: '127.1.2.3', Port: own },
      { Id: '169.254.169.254', Port: 80 },
      { Id: '8.8.8.8', Port: 80 },
      { Id: 'localhost', Port: 80 },
    ]) {
      await assert.rejects(elb.registerTargets({ TargetGroupArn, Targets: [{ Id, Port }] }), {
        name: 'ValidationError',
      })
    }
  })
})
