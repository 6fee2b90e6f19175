import { EC2 } from '@aws-sdk/client-ec2'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'

/** A network with a subnet, a security group and tags. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const ec2 = bartizan.client(EC2)
  const tags = [{ Key: 'canary-tag-of-owner', Value: 'canary-value-of-owner' }]
  const { Vpc } = await ec2.createVpc({
    CidrBlock: '10.99.0.0/16',
    TagSpecifications: [{ ResourceType: 'vpc', Tags: tags }],
  })
  const VpcId = Vpc?.VpcId
  loot.keep({ VpcId, VpcIds: [VpcId] })
  const { Subnet } = await ec2.createSubnet({ VpcId, CidrBlock: '10.99.1.0/24' })
  const SubnetId = Subnet?.SubnetId
  loot.keep({ SubnetId, SubnetIds: [SubnetId] })
  const group = { GroupName: 'canary-group-of-owner', Description: 'canary words of the owner' }
  const { GroupId } = await ec2.createSecurityGroup({ ...group, VpcId })
  loot.keep({ ...group, GroupId, GroupIds: [GroupId], Resources: [VpcId, SubnetId, GroupId] })
}
