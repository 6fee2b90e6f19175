import { commonError } from '../../kernel/errors.ts'
import {
  documentProperty,
  listProperty,
  tagChanges,
  tagsProperty,
  textProperty,
  type ResourceContext,
  type ResourceProperties,
  type ResourceState,
  type ResourceType,
} from '../../kernel/resource-type.ts'

const gone = ['ResourceNotFoundException']

interface Target {
  readonly Id: string
}

/** `AWS::Events::Rule`. */
const rule: ResourceType = {
  type: 'AWS::Events::Rule',
  required: [],
  optional: [
    'Description',
    'EventBusName',
    'EventPattern',
    'Name',
    'RoleArn',
    'ScheduleExpression',
    'State',
    'Tags',
    'Targets',
  ],
  replacing: ['EventBusName', 'Name'],
  attributes: ['Arn'],
  tags: 'list',
  async create(at, properties) {
    const name = textProperty(properties, 'Name') ?? at.newName()
    const Arn = await putRule(at, name, properties, tagsProperty(properties))
    await putTargets(at, name, properties, {})
    const bus = busOf(properties)
    const isDefault = bus === undefined || bus === 'default'
    return { physicalId: isDefault ? name : `${busName(bus)}|${name}`, attributes: { Arn } }
  },
  async update(at, properties, before) {
    const name = ruleName(before.physicalId)
    await putRule(at, name, properties)
    await putTargets(at, name, properties, before.properties)
    const ResourceARN = before.attributes['Arn']
    const { put, remove } = tagChanges(before.properties, properties)
    if (remove.length > 0) {
      await at.call('events', 'UntagResource', { ResourceARN, TagKeys: remove })
    }
    if (put.length > 0) await at.call('events', 'TagResource', { ResourceARN, Tags: put })
    return before
  },
  async delete(at, { physicalId, properties }) {
    const Name = ruleName(physicalId)
    await putTargets(at, Name, {}, properties)
    await at.tryCall(gone, 'events', 'DeleteRule', { Name, ...onBus(properties) })
  },
}

/** `AWS::Events::EventBus`. */
const bus: ResourceType = {
  type: 'AWS::Events::EventBus',
  required: ['Name'],
  optional: [
    'DeadLetterConfig',
    'Description',
    'EventSourceName',
    'KmsKeyIdentifier',
    'Policy',
    'Tags',
  ],
  replacing: ['EventSourceName', 'Name'],
  attributes: ['Arn', 'Name', 'Policy'],
  tags: 'list',
  async create(at, properties) {
    const { Policy, ...own } = properties
    const codes = at.isRetry ? ['ResourceAlreadyExistsException'] : []
    await at.tryCall(codes, 'events', 'CreateEventBus', own)
    const Name = textProperty(properties, 'Name') ?? ''
    await putBusPolicy(at, Name, properties)
    const Arn = `arn:aws:events:${at.region}:${at.account}:event-bus/${Name}`
    return { physicalId: Name, attributes: { Arn, Name, Policy } }
  },
  async update(at, properties, before) {
    const { Policy: _policy, Tags: _tags, EventSourceName: _source, ...own } = properties
    await at.call('events', 'UpdateEventBus', own)
    await putBusPolicy(at, before.physicalId, properties)
    return before
  },
  async delete(at, { physicalId: Name }) {
    await at.tryCall(gone, 'events', 'DeleteEventBus', { Name })
  },
}

/** `AWS::Events::EventBusPolicy`. */
const busPolicy: ResourceType = {
  type: 'AWS::Events::EventBusPolicy',
  required: ['StatementId'],
  optional: ['Action', 'Condition', 'EventBusName', 'Principal', 'Statement'],
  replacing: ['EventBusName', 'StatementId'],
  attributes: [],
  create: putStatement,
  update: putStatement,
  async delete(at, { properties }) {
    const StatementId = textProperty(properties, 'StatementId')
    await at.tryCall(gone, 'events', 'RemovePermission', { StatementId, ...onBus(properties) })
  },
}

/** What is made, changed and removed by one operation each, under its name. */
function named(spec: {
  readonly noun: 'Connection' | 'ApiDestination' | 'Archive'
  readonly nameMember: string
  readonly required: readonly string[]
  readonly optional: readonly string[]
  readonly replacing: readonly string[]
  readonly arnMember: string
  readonly attributes: readonly string[]
}): ResourceType {
  const { noun, nameMember } = spec
  const inputOf = (properties: ResourceProperties, name: string) => ({
    ...properties,
    ...(properties['EventPattern'] !== undefined && {
      EventPattern: documentProperty(properties, 'EventPattern'),
    }),
    [nameMember]: name,
  })
  const state = (answer: Readonly<Record<string, unknown>>, physicalId: string) => ({
    physicalId,
    attributes: { ...answer, Arn: answer[spec.arnMember] },
  })
  return {
    type: `AWS::Events::${noun}`,
    required: spec.required,
    optional: spec.optional,
    replacing: [...spec.replacing, spec.optional.includes('Name') ? 'Name' : nameMember],
    attributes: spec.attributes,
    async create(at, properties) {
      const own = textProperty(properties, 'Name') ?? textProperty(properties, nameMember)
      const name = own ?? at.newName({ maxLength: 48 })
      return state(await at.call('events', `Create${noun}`, inputOf(properties, name)), name)
    },
    async update(at, properties, before) {
      const { SourceArn: _source, ...own } = inputOf(properties, before.physicalId) as Record<
        string,
        unknown
      >
      return state(await at.call('events', `Update${noun}`, own), before.physicalId)
    },
    async delete(at, { physicalId }) {
      await at.tryCall(gone, 'events', `Delete${noun}`, { [nameMember]: physicalId })
    },
  }
}

const namedConnection = named({
  noun: 'Connection',
  nameMember: 'Name',
  required: [],
  optional: [
    'AuthParameters',
    'AuthorizationType',
    'Description',
    'InvocationConnectivityParameters',
    'KmsKeyIdentifier',
    'Name',
  ],
  replacing: [],
  arnMember: 'ConnectionArn',
  attributes: ['Arn', 'SecretArn'],
})

/** Only the description of a connection names its secret. */
async function withSecret(at: ResourceContext, state: ResourceState): Promise<ResourceState> {
  const { SecretArn } = await at.call('events', 'DescribeConnection', { Name: state.physicalId })
  return { ...state, attributes: { ...state.attributes, SecretArn } }
}

const connection: ResourceType = {
  ...namedConnection,
  create: async (at, properties) => withSecret(at, await namedConnection.create(at, properties)),
  update: async (at, properties, before) =>
    withSecret(at, (await namedConnection.update?.(at, properties, before)) ?? before),
}

const apiDestination = named({
  noun: 'ApiDestination',
  nameMember: 'Name',
  required: ['ConnectionArn', 'HttpMethod', 'InvocationEndpoint'],
  optional: ['Description', 'InvocationRateLimitPerSecond', 'Name'],
  replacing: [],
  arnMember: 'ApiDestinationArn',
  attributes: ['Arn'],
})

const archive = named({
  noun: 'Archive',
  nameMember: 'ArchiveName',
  required: ['SourceArn'],
  optional: ['ArchiveName', 'Description', 'EventPattern', 'KmsKeyIdentifier', 'RetentionDays'],
  replacing: ['SourceArn'],
  arnMember: 'ArchiveArn',
  attributes: ['Arn'],
})

/** What CloudFormation makes of EventBridge. */
export const eventsResources: readonly ResourceType[] = [
  apiDestination,
  archive,
  bus,
  busPolicy,
  connection,
  rule,
]

function busOf(properties: ResourceProperties): string | undefined {
  return textProperty(properties, 'EventBusName')
}

function busName(bus: string): string {
  return bus.slice(bus.lastIndexOf('/') + 1)
}

function onBus(properties: ResourceProperties): { EventBusName?: string } {
  const EventBusName = busOf(properties)
  return EventBusName === undefined ? {} : { EventBusName }
}

function ruleName(physicalId: string): string {
  return physicalId.slice(physicalId.indexOf('|') + 1)
}

async function putRule(
  at: ResourceContext,
  Name: string,
  properties: ResourceProperties,
  tags: readonly object[] = [],
): Promise<string> {
  const { Targets: _targets, Tags: _tags, ...own } = properties
  const EventPattern = documentProperty(properties, 'EventPattern')
  const { RuleArn } = await at.call('events', 'PutRule', {
    ...own,
    Name,
    ...(EventPattern !== undefined && { EventPattern }),
    ...(tags.length > 0 && { Tags: tags }),
  })
  return String(RuleArn)
}

async function putTargets(
  at: ResourceContext,
  Rule: string,
  wanted: ResourceProperties,
  had: ResourceProperties,
): Promise<void> {
  const now = listProperty(wanted, 'Targets') as readonly Target[]
  const before = listProperty(had, 'Targets') as readonly Target[]
  const Ids = before.map(({ Id }) => Id).filter((id) => !now.some((target) => target.Id === id))
  const place = { Rule, ...onBus(busOf(wanted) === undefined ? had : wanted) }
  if (Ids.length > 0) await at.tryCall(gone, 'events', 'RemoveTargets', { ...place, Ids })
  if (now.length === 0) return
  const answer = await at.call('events', 'PutTargets', { ...place, Targets: now })
  const [failed] = (answer['FailedEntries'] ?? []) as readonly { ErrorMessage?: string }[]
  if (failed) throw commonError('ValidationException', failed.ErrorMessage ?? 'a target failed')
}

async function putBusPolicy(
  at: ResourceContext,
  EventBusName: string,
  properties: ResourceProperties,
): Promise<void> {
  const Policy = documentProperty(properties, 'Policy')
  if (Policy !== undefined) await at.call('events', 'PutPermission', { EventBusName, Policy })
}

async function putStatement(at: ResourceContext, properties: ResourceProperties) {
  const StatementId = textProperty(properties, 'StatementId') ?? ''
  const { Statement, ...own } = properties
  if (Statement === undefined) await at.call('events', 'PutPermission', own)
  else {
    const statement = { Sid: StatementId, ...(Statement as object) }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    await at.call('events', 'PutPermission', { ...onBus(properties), Policy })
  }
  return { physicalId: StatementId, attributes: {} }
}
