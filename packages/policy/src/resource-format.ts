import { splitArn } from './arn.ts'
import { LEGACY } from './syntax-error.ts'

const PARTITIONS = new Set([
  '*',
  'aws',
  'aws-cn',
  'aws-us-gov',
  'aws-eusc',
  'aws-iso',
  'aws-iso-b',
  'aws-iso-e',
  'aws-iso-f',
])

const IAM_PATHS = [
  'user/',
  'federated-user/',
  'role/',
  'group/',
  'instance-profile/',
  'mfa/',
  'server-certificate/',
  'policy/',
  'sms-mfa/',
  'saml-provider/',
  'oidc-provider/',
  'report/',
  'access-report/',
]

/**
 * What IAM says about a Resource value of an identity policy; `undefined` when it is well formed.
 * Policy variables may stand in the last field only.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function resourceProblem(resource: string): string | undefined {
  if (resource === '*') return undefined
  const fields = splitArn(resource)
  const [prefix, partition, service, region = '', account = '', path = ''] = fields
  if (partition === undefined) return `Resource ${resource} must be in ARN format or "*".`
  const isShort = fields.length < 6 && resource.includes('::')
  if (prefix === 'arn' && (isShort || service === '')) return LEGACY
  if (!PARTITIONS.has(partition)) {
    const completed = [...fields.slice(1), '*', '*', '*', '*'].slice(0, 5).join(':')
    return `Partition "${partition}" is not valid for resource "arn:${completed}".`
  }
  if (service === undefined || /[*?]/.test(service)) {
    return 'Resource vendor must be fully qualified and cannot contain regexes.'
  }
  if (!/^[A-Za-z0-9?*-]*$/.test(account) || !/^[A-Za-z0-9?*-]*$/.test(region)) return LEGACY
  if (service === 's3' && account === '' && region !== '' && region !== '*') {
    return `Resource ${resource} can not contain region information.`
  }
  return service === 'iam' ? iamProblem(resource, region, path) : undefined
}

function iamProblem(resource: string, region: string, path: string): string | undefined {
  if (region !== '' && region !== '*') {
    return `IAM resource ${resource} cannot contain region information.`
  }
  const isKnown = /^[^/]*\*/.test(path) || IAM_PATHS.some((known) => path.startsWith(known))
  if (path === '' || path === 'root' || isKnown) return undefined
  return `IAM resource path must either be "*" or start with ${IAM_PATHS.join(', ')}.`
}

/** What IAM says about an Action value; `undefined` when it is well formed. */
export function actionProblem(action: string): string | undefined {
  if (action === '*') return undefined
  const [vendor = '', name, ...more] = action.split(':')
  if (name === undefined) {
    return 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'
  }
  if (more.length > 0) return 'Actions/Condition can contain only one colon.'
  return /^[A-Za-z0-9*?._-]+$/.test(vendor) ? undefined : `Vendor ${vendor} is not valid`
}
