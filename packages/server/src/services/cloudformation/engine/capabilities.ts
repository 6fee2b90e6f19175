import { rotationTransforms } from './rotation-transform.ts'
import type { Template } from './template.ts'

/** What a caller must acknowledge before a template is deployed. */
export interface NeededCapabilities {
  readonly capabilities: readonly (
    'CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM' | 'CAPABILITY_AUTO_EXPAND'
  )[]
  /** The resources that make them necessary. */
  readonly reason?: string
}

/** IAM types, with the property that gives a resource a name of one's own. */
const iamTypes: Readonly<Record<string, string | undefined>> = {
  'AWS::IAM::AccessKey': undefined,
  'AWS::IAM::Group': 'GroupName',
  'AWS::IAM::GroupPolicy': undefined,
  'AWS::IAM::InstanceProfile': 'InstanceProfileName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Policy': undefined,
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::RolePolicy': undefined,
  'AWS::IAM::User': 'UserName',
  'AWS::IAM::UserPolicy': undefined,
  'AWS::IAM::UserToGroupAddition': undefined,
}

/**
 * The capabilities that a template's IAM resources ask for
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-template.html#capabilities).
 */
export function capabilitiesOf({
  resources,
  transforms,
}: Pick<Template, 'resources' | 'transforms'>): NeededCapabilities {
  const types = new Set<string>()
  let isNamed = false
  for (const { type, properties } of Object.values(resources)) {
    if (!Object.hasOwn(iamTypes, type)) continue
    types.add(type)
    const name = iamTypes[type]
    if (name !== undefined && Object.hasOwn(properties, name)) isNamed = true
  }
  const isExpanded = transforms.some((name) => rotationTransforms.includes(name))
  const expansion = isExpanded ? (['CAPABILITY_AUTO_EXPAND'] as const) : []
  if (types.size === 0) return { capabilities: expansion }
  return {
    capabilities: [isNamed ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM', ...expansion],
    reason: `The following resource(s) require capabilities: [${[...types].sort().join(', ')}]`,
  }
}
