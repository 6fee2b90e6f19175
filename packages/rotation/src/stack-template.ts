import { packageHandler } from './function-package.ts'
import type { RotationTemplate } from './templates.ts'

/** A value in a template: JSON, with CloudFormation's functions in it. */
export type TemplateValue =
  string | number | boolean | readonly TemplateValue[] | { readonly [name: string]: TemplateValue }

/** Something that may be left out: its value, and the name of the condition under which it is given. */
export interface Setting {
  readonly value: TemplateValue
  readonly condition?: string
}

/** The settings of a rotation function, by the names of the application's parameters. */
export type FunctionSettings = Readonly<Partial<Record<SettingName, Setting>>>

/** What can be set. */
export type SettingName = (typeof settingNames)[number]

/** The bucket in which Lambda finds the packages that Bartizan ships; S3 lets nobody have a name that begins so. */
export const packageBucket = 'sthree-rotation-functions'

/** The environment variables of AWS's templates, by the parameters that set them. */
const variables = {
  endpoint: 'SECRETS_MANAGER_ENDPOINT',
  excludeCharacters: 'EXCLUDE_CHARACTERS',
  excludeLowercase: 'EXCLUDE_LOWERCASE',
  excludeNumbers: 'EXCLUDE_NUMBERS',
  excludePunctuation: 'EXCLUDE_PUNCTUATION',
  excludeUppercase: 'EXCLUDE_UPPERCASE',
  passwordLength: 'PASSWORD_LENGTH',
  requireEachIncludedType: 'REQUIRE_EACH_INCLUDED_TYPE',
} as const

const masterNames = [
  'masterSecretArn',
  'masterSecretKmsKeyArn',
  'superuserSecretArn',
  'superuserSecretKmsKeyArn',
] as const

const settingNames = [
  'functionName',
  ...(Object.keys(variables) as (keyof typeof variables)[]),
  'kmsKeyArn',
  ...masterNames,
] as const

/** Parameters of AWS's applications that place a function in a VPC: functions here share the machine's network. */
const placeNames = ['vpcSecurityGroupIds', 'vpcSubnetIds']

const noValue = { Ref: 'AWS::NoValue' }
const seconds = 30
const megabytes = 256

/** The logical id of the function among the resources with a prefix. */
export function functionLogicalId(prefix: string): string {
  return `${prefix}Lambda`
}

/** The resources of one rotation function: its role, what the role may do, the function, and who may call it. */
export function functionResources(
  template: RotationTemplate,
  settings: FunctionSettings,
  prefix: string,
): Record<string, { readonly [name: string]: TemplateValue }> {
  const own = functionLogicalId(prefix)
  const role = `${prefix}Role`
  const functionArn = { 'Fn::GetAtt': [own, 'Arn'] }
  return {
    [role]: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: document([
          {
            Effect: 'Allow',
            Principal: { Service: 'lambda.amazonaws.com' },
            Action: 'sts:AssumeRole',
          },
        ]),
        ManagedPolicyArns: [
          sub('arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'),
        ],
      },
    },
    [own]: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: given(settings.functionName),
        Description: template.description,
        Code: { S3Bucket: packageBucket, S3Key: `${template.name}.zip` },
        Handler: packageHandler,
        Runtime: 'nodejs24.x',
        Role: { 'Fn::GetAtt': [role, 'Arn'] },
        Timeout: seconds,
        MemorySize: megabytes,
        Environment: { Variables: variablesOf(settings) },
      },
    },
    [`${prefix}Policy`]: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyName: 'SecretsManagerRotation',
        Roles: [{ Ref: role }],
        PolicyDocument: document(statements(template, settings, functionArn)),
      },
    },
    [`${prefix}Permission`]: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: { Ref: own },
        Principal: 'secretsmanager.amazonaws.com',
        SourceAccount: { Ref: 'AWS::AccountId' },
      },
    },
  }
}

/** The template of the application that AWS offers under the same name. */
export function applicationTemplate(template: RotationTemplate): {
  readonly [name: string]: TemplateValue
} {
  const names = settingNames.filter((name) => template.hasMaster || !isOfMaster(name))
  const optional = names.filter((name) => !required.includes(name))
  const settings = Object.fromEntries(
    names.map((name) => {
      const value = { Ref: name }
      return [name, required.includes(name) ? { value } : { value, condition: `${name}Given` }]
    }),
  )
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: template.description,
    Parameters: Object.fromEntries(
      [...names, ...placeNames].map((name) => [
        name,
        required.includes(name) ? { Type: 'String' } : { Type: 'String', Default: '' },
      ]),
    ),
    Conditions: Object.fromEntries(
      optional.map((name) => [
        `${name}Given`,
        { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: name }, ''] }] },
      ]),
    ),
    Resources: functionResources(template, settings, template.name),
    Outputs: {
      RotationLambdaARN: {
        Description: 'The ARN of the rotation lambda',
        Value: { 'Fn::GetAtt': [functionLogicalId(template.name), 'Arn'] },
      },
    },
  }
}

/** The parameters of an application, for those who show them. */
export function applicationParameters(template: RotationTemplate): readonly string[] {
  return [...settingNames.filter((name) => template.hasMaster || !isOfMaster(name)), ...placeNames]
}

const required: readonly string[] = ['endpoint', 'functionName']

/** Whether an application must be given a parameter. */
export function isRequired(parameter: string): boolean {
  return required.includes(parameter)
}

function isOfMaster(name: string): boolean {
  return masterNames.some((each) => each === name)
}

function variablesOf(settings: FunctionSettings): Record<string, TemplateValue> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, variable]) => {
      const setting = settings[name as keyof typeof variables]
      return setting ? [[variable, given(setting)]] : []
    }),
  )
}

/** What the function's role may do: rotate secrets that name the function, and read the superuser's. */
function statements(
  { hasMaster }: RotationTemplate,
  settings: FunctionSettings,
  functionArn: TemplateValue,
): TemplateValue[] {
  const rotate = ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage']
  return [
    {
      Effect: 'Allow',
      Action: rotate.map((action) => `secretsmanager:${action}`),
      Resource: sub(
        'arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:*',
      ),
      Condition: {
        StringEquals: { 'secretsmanager:resource/AllowRotationLambdaArn': functionArn },
      },
    },
    { Effect: 'Allow', Action: 'secretsmanager:GetRandomPassword', Resource: '*' },
    ...allowed(settings.kmsKeyArn, ['kms:Decrypt', 'kms:GenerateDataKey']),
    ...(hasMaster ? masterStatements(settings) : []),
  ]
}

function masterStatements(settings: FunctionSettings): TemplateValue[] {
  const read = ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue']
  const describe = ['rds:DescribeDBClusters', 'rds:DescribeDBInstances']
  return [
    ...[settings.masterSecretArn, settings.superuserSecretArn].flatMap((arn) => allowed(arn, read)),
    ...[settings.masterSecretKmsKeyArn, settings.superuserSecretKmsKeyArn].flatMap((key) =>
      allowed(key, ['kms:Decrypt']),
    ),
    { Effect: 'Allow', Action: describe, Resource: '*' },
  ]
}

function allowed(resource: Setting | undefined, actions: readonly string[]): TemplateValue[] {
  if (!resource) return []
  const statement = { Effect: 'Allow', Action: actions, Resource: resource.value }
  return [given({ ...resource, value: statement })]
}

/** A setting's value where it is given, and nothing where it is not. */
function given(setting: Setting | undefined): TemplateValue {
  if (!setting) return noValue
  const { value, condition } = setting
  return condition === undefined ? value : { 'Fn::If': [condition, value, noValue] }
}

function document(Statement: readonly TemplateValue[]): TemplateValue {
  return { Version: '2012-10-17', Statement }
}

function sub(text: string): TemplateValue {
  return { 'Fn::Sub': text }
}
