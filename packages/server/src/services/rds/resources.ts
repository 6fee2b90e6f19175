import {
  tagsProperty,
  textProperty,
  textsProperty,
  type ResourceContext,
  type ResourceProperties,
  type ResourceType,
} from '../../kernel/resource-type.ts'
import { changeTags } from './resource-calls.ts'
import { clusterResource } from './resource-cluster.ts'
import { instanceResource } from './resource-instance.ts'

const goneSubnets = ['DBSubnetGroupNotFoundFault']
const goneGroups = ['DBParameterGroupNotFound', 'DBParameterGroupNotFoundFault']

function nameOf(at: ResourceContext, properties: ResourceProperties, property: string): string {
  const given = textProperty(properties, property)
  return (given ?? at.newName({ maxLength: 255, lowerCase: true })).toLowerCase()
}

/** `AWS::RDS::DBSubnetGroup`. */
const subnetGroup: ResourceType = {
  type: 'AWS::RDS::DBSubnetGroup',
  required: ['DBSubnetGroupDescription', 'SubnetIds'],
  optional: ['DBSubnetGroupName', 'Tags'],
  replacing: ['DBSubnetGroupName'],
  attributes: [],
  tags: 'list',
  async create(at, properties) {
    const DBSubnetGroupName = nameOf(at, properties, 'DBSubnetGroupName')
    const members = { ...subnetMembers(properties), DBSubnetGroupName }
    await at.call('rds', 'CreateDBSubnetGroup', { ...members, Tags: tagsProperty(properties) })
    return { physicalId: DBSubnetGroupName, attributes: {} }
  },
  async update(at, properties, before) {
    const DBSubnetGroupName = before.physicalId
    await at.call('rds', 'ModifyDBSubnetGroup', { ...subnetMembers(properties), DBSubnetGroupName })
    await changeTags(at, arnOf(at, 'subgrp', DBSubnetGroupName), properties, before)
    return before
  },
  async delete(at, { physicalId: DBSubnetGroupName }) {
    await at.tryCall(goneSubnets, 'rds', 'DeleteDBSubnetGroup', { DBSubnetGroupName })
  },
}

function subnetMembers(properties: ResourceProperties) {
  return {
    DBSubnetGroupDescription: textProperty(properties, 'DBSubnetGroupDescription'),
    SubnetIds: textsProperty(properties, 'SubnetIds'),
  }
}

function arnOf({ account, region }: ResourceContext, type: string, name: string): string {
  return `arn:aws:rds:${region}:${account}:${type}:${name}`
}

/** What differs between the parameter groups of instances and those of clusters. */
interface GroupNames {
  readonly type: string
  readonly operation: string
  readonly arnType: string
  readonly name: string
  readonly parameters: string
}

/** A type for parameter groups of instances, or of clusters. */
function parameterGroup(names: GroupNames): ResourceType {
  const { type, operation, arnType, name, parameters } = names
  const call = (at: ResourceContext, verb: string, group: string, input: object) =>
    at.call('rds', `${verb}${operation}`, { [`${operation}Name`]: group, ...input })
  return {
    type,
    required: ['Description', 'Family'],
    optional: [name, parameters, 'Tags'],
    replacing: [name, 'Description', 'Family'],
    attributes: [],
    tags: 'list',
    async create(at, properties) {
      const group = nameOf(at, properties, name)
      await call(at, 'Create', group, {
        DBParameterGroupFamily: textProperty(properties, 'Family'),
        Description: textProperty(properties, 'Description'),
        Tags: tagsProperty(properties),
      })
      for (const Parameters of batchesOf(properties[parameters])) {
        await call(at, 'Modify', group, { Parameters })
      }
      return { physicalId: group, attributes: {} }
    },
    async update(at, properties, before) {
      const group = before.physicalId
      await call(at, 'Reset', group, { ResetAllParameters: true })
      for (const Parameters of batchesOf(properties[parameters])) {
        await call(at, 'Modify', group, { Parameters })
      }
      await changeTags(at, arnOf(at, arnType, group), properties, before)
      return before
    },
    async delete(at, { physicalId }) {
      const input = { [`${operation}Name`]: physicalId }
      await at.tryCall(goneGroups, 'rds', `Delete${operation}`, input)
    },
  }
}

const batch = 20

/** Parameters of a template in as many calls as it takes; they count from the next restart on, as in stacks of AWS. */
function batchesOf(parameters: unknown): readonly object[][] {
  if (typeof parameters !== 'object' || parameters === null) return []
  const all = Object.entries(parameters).map(([ParameterName, value]) => ({
    ParameterName,
    ParameterValue: String(value),
    ApplyMethod: 'pending-reboot',
  }))
  const starts = Array.from({ length: Math.ceil(all.length / batch) }, (_, index) => index * batch)
  return starts.map((start) => all.slice(start, start + batch))
}

/** What CloudFormation makes of RDS. */
export const rdsResources: readonly ResourceType[] = [
  clusterResource,
  instanceResource,
  parameterGroup({
    type: 'AWS::RDS::DBClusterParameterGroup',
    operation: 'DBClusterParameterGroup',
    arnType: 'cluster-pg',
    name: 'DBClusterParameterGroupName',
    parameters: 'Parameters',
  }),
  parameterGroup({
    type: 'AWS::RDS::DBParameterGroup',
    operation: 'DBParameterGroup',
    arnType: 'pg',
    name: 'DBParameterGroupName',
    parameters: 'Parameters',
  }),
  subnetGroup,
]
