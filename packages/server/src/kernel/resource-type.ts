/** What a template gives a resource, and what a resource gives the template: JSON. */
export type ResourceProperties = Readonly<Record<string, unknown>>

/** How a resource type works on behalf of a stack. */
export interface ResourceContext {
  readonly account: string
  readonly region: string
  readonly stackId: string
  readonly stackName: string
  readonly logicalId: string
  /** Whether the same work may have been done before, by a server that was stopped in the midst of it. */
  readonly isRetry: boolean
  /** Calls an operation of a service as the stack does: with its role, or as who deployed it. Throws AwsError. */
  call(service: string, operation: string, input: object): Promise<Record<string, unknown>>
  /** As `call`, but undefined when the service answers one of these error codes. */
  tryCall(
    codes: readonly string[],
    ...call: Parameters<ResourceContext['call']>
  ): Promise<Record<string, unknown> | undefined>
  /** Waits for so many milliseconds: a type whose resource takes its time asks again and again. */
  pause(ms: number): Promise<void>
  /** A name for what the template does not name: stack, logical id and a random end; the same when tried again. */
  newName(limits?: { readonly maxLength?: number; readonly lowerCase?: boolean }): string
}

/** A resource that is there. */
export interface ResourceState {
  /** What `Ref` gives. */
  readonly physicalId: string
  /** What `Fn::GetAtt` gives, by attribute; dots in names are no path. */
  readonly attributes: Readonly<Record<string, unknown>>
}

/** A resource before a change. */
export interface ResourceBefore extends ResourceState {
  readonly properties: ResourceProperties
}

/**
 * A resource type of CloudFormation, which a service declares beside its operations
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html).
 */
export interface ResourceType {
  /** `AWS::KMS::Key`. */
  readonly type: string
  /** Properties that a template must give. */
  readonly required: readonly string[]
  /** Further properties. */
  readonly optional: readonly string[]
  /** Properties whose change makes a new resource. */
  readonly replacing: readonly string[]
  /** What `Fn::GetAtt` knows. */
  readonly attributes: readonly string[]
  /** How its `Tags` property is written, into which the stack's tags go too. */
  readonly tags?: 'list' | 'map'
  create(at: ResourceContext, properties: ResourceProperties): Promise<ResourceState>
  /** Absent where every change replaces. */
  update?(
    at: ResourceContext,
    properties: ResourceProperties,
    before: ResourceBefore,
  ): Promise<ResourceState>
  /** A resource that is gone already is deleted. */
  delete(at: ResourceContext, before: ResourceBefore): Promise<void>
}

/** A text property. */
export function textProperty(properties: ResourceProperties, name: string): string | undefined {
  const value = properties[name]
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

/** A property that is true or false, as a boolean or as text. */
export function flagProperty(properties: ResourceProperties, name: string): boolean | undefined {
  const text = textProperty(properties, name)
  return text === undefined ? undefined : text === 'true'
}

/** A property that is a number, as a number or as text. */
export function numberProperty(properties: ResourceProperties, name: string): number | undefined {
  const text = textProperty(properties, name)
  return text === undefined ? undefined : Number(text)
}

/** A property that is a list; something alone counts as a list of it. */
export function listProperty(properties: ResourceProperties, name: string): readonly unknown[] {
  const value = properties[name]
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

/** A property that is a list of texts. */
export function textsProperty(properties: ResourceProperties, name: string): readonly string[] {
  return listProperty(properties, name).map(String)
}

/** A policy document: an object, or its text. */
export function documentProperty(properties: ResourceProperties, name: string): string | undefined {
  const value = properties[name]
  if (value === undefined) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A tag as templates have them. */
export interface ResourceTag {
  readonly Key: string
  readonly Value: string
}

/** The `Tags` property, in the form of a list. */
export function tagsProperty({ Tags }: ResourceProperties): readonly ResourceTag[] {
  if (!Array.isArray(Tags)) return []
  return (Tags as readonly ResourceTag[]).map(({ Key, Value }) => ({
    Key: String(Key),
    Value: String(Value),
  }))
}

/** Which tags are to be put, and which taken off, for an update. */
export function tagChanges(
  before: ResourceProperties,
  after: ResourceProperties,
): { readonly put: readonly ResourceTag[]; readonly remove: readonly string[] } {
  const old = tagsProperty(before)
  const wanted = tagsProperty(after)
  const has = (list: readonly ResourceTag[], { Key, Value }: ResourceTag) =>
    list.some((tag) => tag.Key === Key && tag.Value === Value)
  return {
    put: wanted.filter((tag) => !has(old, tag)),
    remove: old.filter(({ Key }) => !wanted.some((tag) => tag.Key === Key)).map(({ Key }) => Key),
  }
}
