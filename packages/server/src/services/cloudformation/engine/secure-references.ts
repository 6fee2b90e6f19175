import { isList, isObject, type Json, type JsonObject } from './json.ts'
import { TemplateError } from './template-error.ts'

/**
 * Where templates may take the value of a SecureString
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm-secure-strings.html).
 */
const takers: readonly string[] = [
  'AWS::DirectoryService::MicrosoftAD/Properties/Password',
  'AWS::DirectoryService::SimpleAD/Properties/Password',
  'AWS::ElastiCache::ReplicationGroup/Properties/AuthToken',
  'AWS::IAM::User/Properties/LoginProfile/Password',
  'AWS::KinesisFirehose::DeliveryStream/Properties/RedshiftDestinationConfiguration/Password',
  'AWS::OpsWorks::App/Properties/AppSource/Password',
  'AWS::OpsWorks::Stack/Properties/CustomCookbooksSource/Password',
  'AWS::OpsWorks::Stack/Properties/RdsDbInstances/DbPassword',
  'AWS::RDS::DBCluster/Properties/MasterUserPassword',
  'AWS::RDS::DBInstance/Properties/MasterUserPassword',
  'AWS::Redshift::Cluster/Properties/MasterUserPassword',
]

/** Refuses `ssm-secure` references where a resource type does not take them. Throws TemplateError. */
export function checkSecureReferences(type: string, properties: JsonObject): void {
  const odd = placesOf(properties, `${type}/Properties`).filter((place) => !takers.includes(place))
  if (odd.length === 0) return
  throw new TemplateError(`SSM Secure reference is not supported in: [${odd.join(', ')}]`)
}

function placesOf(value: Json, place: string): readonly string[] {
  if (typeof value === 'string') return value.includes('{{resolve:ssm-secure:') ? [place] : []
  if (isList(value)) return value.flatMap((entry) => placesOf(entry, place))
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([name, entry]) => placesOf(entry, `${place}/${name}`))
}
