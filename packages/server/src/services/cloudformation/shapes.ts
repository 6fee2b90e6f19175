import type {
  ResourceStatus,
  Stack,
  StackEvent,
  StackResource,
  StackSummary,
} from '@aws-sdk/client-cloudformation'
import { readDefinition } from './stack-scope.ts'
import type { EventRow, ResourceRow, StackRow } from './store.ts'

/** A stack as DescribeStacks shows it. */
export function stackShape(stack: StackRow, isProtected: boolean): Stack {
  const { definition, template } = readDefinition(stack.definition)
  const parameters = Object.entries(definition.parameters).map(([ParameterKey, value]) => {
    const resolved = definition.storeValues[ParameterKey]
    const isSecret = template.parameters[ParameterKey]?.noEcho === true
    return {
      ParameterKey,
      ParameterValue: isSecret ? '****' : value,
      ...(resolved !== undefined && { ResolvedValue: isSecret ? '****' : resolved }),
    }
  })
  return {
    StackId: stack.id,
    StackName: stack.name,
    ...(stack.changeSetId !== undefined && { ChangeSetId: stack.changeSetId }),
    ...(stack.description !== undefined && { Description: stack.description }),
    ...(parameters.length > 0 && { Parameters: parameters }),
    ...times(stack),
    RollbackConfiguration: {},
    StackStatus: stack.status,
    ...(stack.statusReason !== undefined && { StackStatusReason: stack.statusReason }),
    DisableRollback: stack.disableRollback,
    NotificationARNs: [...definition.notificationArns],
    ...(stack.timeoutMinutes !== undefined && { TimeoutInMinutes: stack.timeoutMinutes }),
    ...(definition.capabilities.length > 0 && {
      Capabilities: [...definition.capabilities] as Stack['Capabilities'],
    }),
    ...(stack.outputs.length > 0 && {
      Outputs: stack.outputs.map(({ key, value, description, exportName }) => ({
        OutputKey: key,
        OutputValue: value,
        ...(description !== undefined && { Description: description }),
        ...(exportName !== undefined && { ExportName: exportName }),
      })),
    }),
    ...(definition.roleArn !== undefined && { RoleARN: definition.roleArn }),
    Tags: definition.tags.map((tag) => ({ ...tag })),
    EnableTerminationProtection: isProtected,
    ...lineage(stack),
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  }
}

/** A stack as ListStacks shows it. */
export function stackSummary(stack: StackRow): StackSummary {
  return {
    StackId: stack.id,
    StackName: stack.name,
    ...(stack.description !== undefined && { TemplateDescription: stack.description }),
    ...times(stack),
    StackStatus: stack.status,
    ...(stack.statusReason !== undefined && { StackStatusReason: stack.statusReason }),
    ...lineage(stack),
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  }
}

function times({ createdAt, updatedAt, deletedAt }: StackRow) {
  return {
    CreationTime: new Date(createdAt),
    ...(updatedAt !== undefined && { LastUpdatedTime: new Date(updatedAt) }),
    ...(deletedAt !== undefined && { DeletionTime: new Date(deletedAt) }),
  }
}

function lineage({ parent, rootId }: StackRow) {
  return {
    ...(parent && { ParentId: parent.id }),
    ...(rootId !== undefined && { RootId: rootId }),
  }
}

/** A resource as the API shows it. */
export function resourceShape(
  stack: StackRow,
  row: ResourceRow,
): StackResource & { LogicalResourceId: string; ResourceType: string; Timestamp: Date } {
  return {
    StackName: stack.name,
    StackId: stack.id,
    LogicalResourceId: row.logicalId,
    ...(row.physicalId !== undefined && { PhysicalResourceId: row.physicalId }),
    ResourceType: row.type,
    Timestamp: new Date(row.updatedAt),
    ResourceStatus: row.status,
    ...(row.reason !== undefined && { ResourceStatusReason: row.reason }),
    ...(row.description !== undefined && { Description: row.description }),
    DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
  }
}

/** An event as the API shows it. */
export function eventShape(stack: StackRow, row: EventRow): StackEvent {
  return {
    StackId: stack.id,
    StackName: stack.name,
    EventId: row.eventId,
    LogicalResourceId: row.logicalId,
    PhysicalResourceId: row.physicalId,
    ResourceType: row.type,
    Timestamp: new Date(row.at),
    ResourceStatus: row.status as ResourceStatus,
    OperationId: row.operationId,
    ...(row.reason !== undefined && { ResourceStatusReason: row.reason }),
    ...(row.properties !== undefined && { ResourceProperties: row.properties }),
    ...(row.token !== undefined && { ClientRequestToken: row.token }),
  }
}
