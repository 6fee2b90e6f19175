import {
  AuthorizeSecurityGroupEgress$,
  AuthorizeSecurityGroupIngress$,
  CreateSecurityGroup$,
  DeleteSecurityGroup$,
  DescribeSecurityGroups$,
  RevokeSecurityGroupEgress$,
  RevokeSecurityGroupIngress$,
  type AuthorizeSecurityGroupIngressRequest,
  type AuthorizeSecurityGroupIngressResult,
  type CreateSecurityGroupRequest,
  type CreateSecurityGroupResult,
  type DeleteSecurityGroupRequest,
  type DeleteSecurityGroupResult,
  type DescribeSecurityGroupsRequest,
  type DescribeSecurityGroupsResult,
  type IpPermission,
  type RevokeSecurityGroupIngressRequest,
  type RevokeSecurityGroupIngressResult,
  type SecurityGroup,
  type Tag,
} from '@aws-sdk/client-ec2'
import type { OperationSchema } from '@bartizan/wire'
import type { Context } from '../../kernel/context.ts'
import { defaultNetwork } from '../../kernel/default-network.ts'
import { commonError } from '../../kernel/errors.ts'
import {
  networkIn,
  outbound,
  securityGroups,
  type GroupRule,
  type SecurityGroupRow,
} from '../../kernel/network.ts'
import { operation } from '../../kernel/service.ts'
import { dependency, invalid, notFound } from './errors.ts'
import { allTags, arnOf, matches, tagNew, untag } from './tagging.ts'
import { vpcOf } from './vpcs.ts'

/** Permissions as the API shows them: peers of the same ports together. */
function permissionsOut(ctx: Context, rules: readonly GroupRule[]): IpPermission[] {
  const byPorts = Map.groupBy(rules, ({ protocol, fromPort, toPort }) =>
    [protocol, fromPort, toPort].join(' '),
  )
  return [...byPorts.values()].map((own) => {
    const [first] = own
    const described = (rule: GroupRule) =>
      rule.description === undefined ? {} : { Description: rule.description }
    return {
      IpProtocol: first?.protocol,
      ...(first?.fromPort !== undefined && { FromPort: first.fromPort, ToPort: first.toPort }),
      IpRanges: own.flatMap((rule) =>
        rule.cidr === undefined ? [] : [{ CidrIp: rule.cidr, ...described(rule) }],
      ),
      Ipv6Ranges: own.flatMap((rule) =>
        rule.cidr6 === undefined ? [] : [{ CidrIpv6: rule.cidr6, ...described(rule) }],
      ),
      UserIdGroupPairs: own.flatMap((rule) =>
        rule.group === undefined
          ? []
          : [{ GroupId: rule.group, UserId: ctx.account, ...described(rule) }],
      ),
      PrefixListIds: [],
    }
  })
}

function groupOut(ctx: Context, row: SecurityGroupRow, tags: readonly Tag[] = []): SecurityGroup {
  return {
    GroupId: row.id,
    GroupName: row.name,
    Description: row.description,
    VpcId: row.vpcId,
    OwnerId: ctx.account,
    SecurityGroupArn: arnOf(ctx, 'security-group', row.id),
    IpPermissions: permissionsOut(
      ctx,
      row.rules.filter(({ isEgress }) => !isEgress),
    ),
    IpPermissionsEgress: permissionsOut(
      ctx,
      row.rules.filter(({ isEgress }) => isEgress),
    ),
    Tags: [...tags],
  }
}

async function groupOf(ctx: Context, id: string | undefined): Promise<SecurityGroupRow> {
  const row = (await networkIn(ctx)).securityGroups.find((each) => each.id === id)
  if (!row) throw notFound('Group', id ?? '')
  return row
}

/** DescribeSecurityGroups. */
export const DescribeSecurityGroups = operation<
  DescribeSecurityGroupsRequest,
  DescribeSecurityGroupsResult
>(DescribeSecurityGroups$, {
  access: () => ({ resource: '*' }),
  async handle({ GroupIds, GroupNames, Filters }, ctx) {
    const tags = await allTags(ctx)
    const all = GroupIds?.length
      ? await Promise.all(GroupIds.map((id) => groupOf(ctx, id)))
      : (await networkIn(ctx)).securityGroups
    const found = all.filter((row) => {
      const { id, name, description, vpcId } = row
      const values = { 'group-id': id, 'group-name': name, description, 'vpc-id': vpcId }
      const isNamed = !GroupNames?.length || GroupNames.includes(name)
      return isNamed && matches(Filters, values, tags.get(id) ?? [])
    })
    return { SecurityGroups: found.map((row) => groupOut(ctx, row, tags.get(row.id))) }
  },
})

/** CreateSecurityGroup: nothing comes in, everything goes out. */
export const CreateSecurityGroup = operation<CreateSecurityGroupRequest, CreateSecurityGroupResult>(
  CreateSecurityGroup$,
  {
    access: (_input, ctx) => ({ resource: arnOf(ctx, 'security-group', '*') }),
    async handle({ GroupName: name = '', Description = '', VpcId, TagSpecifications }, ctx) {
      const vpc = await vpcOf(ctx, VpcId ?? defaultNetwork(ctx.account, ctx.region).vpcId)
      const others = (await networkIn(ctx)).securityGroups
      if (others.some((each) => each.vpcId === vpc.id && each.name === name)) {
        const message = `The security group '${name}' already exists for VPC '${vpc.id}'`
        throw commonError('InvalidGroup.Duplicate', message)
      }
      const id = `sg-0${ctx.ids.hex(16)}`
      const row = { id, name, description: Description, vpcId: vpc.id, rules: [outbound(id)] }
      ctx.store.table(securityGroups).put(id, row)
      const Tags = tagNew(ctx, id, 'security-group', TagSpecifications)
      return { GroupId: id, SecurityGroupArn: arnOf(ctx, 'security-group', id), Tags }
    },
  },
)

/** DeleteSecurityGroup: the default one of a network stays. */
export const DeleteSecurityGroup = operation<DeleteSecurityGroupRequest, DeleteSecurityGroupResult>(
  DeleteSecurityGroup$,
  {
    access: ({ GroupId = '*' }, ctx) => ({ resource: arnOf(ctx, 'security-group', GroupId) }),
    async handle({ GroupId }, ctx) {
      const row = await groupOf(ctx, GroupId)
      if (row.name === 'default') {
        throw commonError(
          'CannotDelete',
          `the specified group: "${row.id}" name: "default" cannot be deleted by a user`,
        )
      }
      const others = (await networkIn(ctx)).securityGroups
      const isUsed = others.some(
        ({ id, rules }) => id !== row.id && rules.some(({ group }) => group === row.id),
      )
      if (isUsed) throw dependency('security group', row.id)
      ctx.store.table(securityGroups).delete(row.id)
      untag(ctx, row.id)
      return { Return: true, GroupId: row.id }
    },
  },
)

/** The rules that a request names, one for each peer. */
function rulesIn(
  ctx: Context,
  input: AuthorizeSecurityGroupIngressRequest,
  isEgress: boolean,
): GroupRule[] {
  const { CidrIp, FromPort, ToPort, IpProtocol } = input
  const single: IpPermission[] =
    CidrIp === undefined ? [] : [{ IpProtocol, FromPort, ToPort, IpRanges: [{ CidrIp }] }]
  return [...(input.IpPermissions ?? []), ...single].flatMap((permission) => {
    const { IpProtocol: protocol = '-1', FromPort: fromPort, ToPort: toPort } = permission
    const hasPorts = protocol !== '-1' && fromPort !== undefined && toPort !== undefined
    const rule = (peer: Pick<GroupRule, 'cidr' | 'cidr6' | 'group'>, Description?: string) => ({
      id: `sgr-0${ctx.ids.hex(16)}`,
      isEgress,
      protocol,
      ...(hasPorts && { fromPort, toPort }),
      ...peer,
      ...(Description !== undefined && { description: Description }),
    })
    return [
      ...(permission.IpRanges ?? []).map((each) =>
        rule({ cidr: each.CidrIp ?? '' }, each.Description),
      ),
      ...(permission.Ipv6Ranges ?? []).map((each) =>
        rule({ cidr6: each.CidrIpv6 ?? '' }, each.Description),
      ),
      ...(permission.UserIdGroupPairs ?? []).map((each) =>
        rule({ group: each.GroupId ?? '' }, each.Description),
      ),
    ]
  })
}

const sameRule = (a: GroupRule, b: GroupRule): boolean =>
  (['isEgress', 'protocol', 'fromPort', 'toPort', 'cidr', 'cidr6', 'group'] as const).every(
    (name) => a[name] === b[name],
  )

function authorize(schema: OperationSchema, isEgress: boolean) {
  return operation<AuthorizeSecurityGroupIngressRequest, AuthorizeSecurityGroupIngressResult>(
    schema,
    {
      access: ({ GroupId = '*' }, ctx) => ({ resource: arnOf(ctx, 'security-group', GroupId) }),
      async handle(input, ctx) {
        const row = await groupOf(ctx, input.GroupId)
        const added = rulesIn(ctx, input, isEgress)
        if (added.length === 0) throw invalid('A permission needs a source or destination')
        if (added.some((rule) => row.rules.some((each) => sameRule(each, rule)))) {
          throw commonError('InvalidPermission.Duplicate', 'the specified rule already exists')
        }
        ctx.store.table(securityGroups).put(row.id, { ...row, rules: [...row.rules, ...added] })
        return {
          Return: true,
          SecurityGroupRules: added.map((rule) => ({
            SecurityGroupRuleId: rule.id,
            GroupId: row.id,
            GroupOwnerId: ctx.account,
            IsEgress: isEgress,
            IpProtocol: rule.protocol,
            FromPort: rule.fromPort ?? -1,
            ToPort: rule.toPort ?? -1,
            ...(rule.cidr !== undefined && { CidrIpv4: rule.cidr }),
            ...(rule.cidr6 !== undefined && { CidrIpv6: rule.cidr6 }),
          })),
        }
      },
    },
  )
}

function revoke(schema: OperationSchema, isEgress: boolean) {
  return operation<RevokeSecurityGroupIngressRequest, RevokeSecurityGroupIngressResult>(schema, {
    access: ({ GroupId = '*' }, ctx) => ({ resource: arnOf(ctx, 'security-group', GroupId) }),
    async handle(input, ctx) {
      const row = await groupOf(ctx, input.GroupId)
      const named = rulesIn(ctx, input, isEgress)
      const gone = row.rules.filter(
        (rule) =>
          input.SecurityGroupRuleIds?.includes(rule.id) === true ||
          named.some((each) => sameRule(each, rule)),
      )
      if (gone.length === 0) {
        throw commonError(
          'InvalidPermission.NotFound',
          'The specified rule does not exist in this security group.',
        )
      }
      const rules = row.rules.filter((rule) => !gone.includes(rule))
      ctx.store.table(securityGroups).put(row.id, { ...row, rules })
      return { Return: true }
    },
  })
}

/** AuthorizeSecurityGroupIngress. */
export const AuthorizeSecurityGroupIngress = authorize(AuthorizeSecurityGroupIngress$, false)
/** AuthorizeSecurityGroupEgress. */
export const AuthorizeSecurityGroupEgress = authorize(AuthorizeSecurityGroupEgress$, true)
/** RevokeSecurityGroupIngress. */
export const RevokeSecurityGroupIngress = revoke(RevokeSecurityGroupIngress$, false)
/** RevokeSecurityGroupEgress. */
export const RevokeSecurityGroupEgress = revoke(RevokeSecurityGroupEgress$, true)
