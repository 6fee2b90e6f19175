import { EC2 } from '@aws-sdk/client-ec2'
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'

/** A load balancer with a listener, a rule, a target group, a target and tags. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const elb = bartizan.client(ElasticLoadBalancingV2)
  const { Subnets = [] } = await bartizan.client(EC2).describeSubnets({})
  const ids = Subnets.slice(0, 2).map(({ SubnetId = '' }) => SubnetId)
  const Tags = [{ Key: 'canary-tag-of-owner', Value: 'canary-value-of-owner' }]
  const made = await elb.createLoadBalancer({ Name: 'canary-balancer', Subnets: ids, Tags })
  loot.keep({ ...made, Names: ['canary-balancer'], LoadBalancerName: 'canary-balancer' })
  const LoadBalancerArn = made.LoadBalancers?.[0]?.LoadBalancerArn
  const group = await elb.createTargetGroup({
    Name: 'canary-group',
    Protocol: 'HTTP',
    Port: 80,
    VpcId: Subnets[0]?.VpcId,
    TargetType: 'ip',
    Tags,
  })
  loot.keep(group)
  const TargetGroupArn = group.TargetGroups?.[0]?.TargetGroupArn
  const Targets = [{ Id: '10.77.66.55', Port: 8080 }]
  await elb.registerTargets({ TargetGroupArn, Targets })
  const listener = await elb.createListener({
    LoadBalancerArn,
    Protocol: 'HTTP',
    Port: 18_377,
    DefaultActions: [
      {
        Type: 'fixed-response',
        FixedResponseConfig: { StatusCode: '200', MessageBody: 'canary page of the owner' },
      },
    ],
    Tags,
  })
  loot.keep(listener)
  const ListenerArn = listener.Listeners?.[0]?.ListenerArn
  const rule = await elb.createRule({
    ListenerArn,
    Priority: 7,
    Conditions: [{ Field: 'host-header', Values: ['canary.owner.example'] }],
    Actions: [{ Type: 'forward', TargetGroupArn }],
    Tags,
  })
  loot.keep({ ...rule, ResourceArns: [LoadBalancerArn, TargetGroupArn, ListenerArn] })
}
