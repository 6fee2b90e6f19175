import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CloudFormation, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation'
import { ECR, type CreateRepositoryCommandInput } from '@aws-sdk/client-ecr'
import { newUser, startTestServer } from '@bartizan/testkit'
import { lifecycleFault } from './lifecycle-rules.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const { accountId } = bartizan
const ecr = bartizan.client(ECR)
const arnOf = (name: string) => `arn:aws:ecr:us-east-1:${accountId}:repository/${name}`
const create = (repositoryName: string, rest: Partial<CreateRepositoryCommandInput> = {}) =>
  ecr.createRepository({ repositoryName, ...rest })

test('a repository is made once, described, and deleted', async () => {
  const { repository } = await create('team/app', {
    imageTagMutability: 'IMMUTABLE',
    imageScanningConfiguration: { scanOnPush: true },
    tags: [{ Key: 'team', Value: 'red' }],
  })
  const { createdAt, ...shown } = repository ?? {}
  assert.ok(createdAt)
  assert.deepEqual(shown, {
    repositoryArn: arnOf('team/app'),
    registryId: accountId,
    repositoryName: 'team/app',
    repositoryUri: `${accountId}.dkr.ecr.us-east-1.amazonaws.com/team/app`,
    imageTagMutability: 'IMMUTABLE',
    imageScanningConfiguration: { scanOnPush: true },
    encryptionConfiguration: { encryptionType: 'AES256' },
  })
  await assert.rejects(create('team/app'), {
    name: 'RepositoryAlreadyExistsException',
    message: `The repository with name 'team/app' already exists in the registry with id '${accountId}'`,
  })
  await assert.rejects(create('Not Good'), { name: 'InvalidParameterException' })
  const { tags } = await ecr.listTagsForResource({ resourceArn: arnOf('team/app') })
  assert.deepEqual(tags, [{ Key: 'team', Value: 'red' }])
  await ecr.deleteRepository({ repositoryName: 'team/app' })
  await assert.rejects(ecr.describeRepositories({ repositoryNames: ['team/app'] }), {
    name: 'RepositoryNotFoundException',
    message: `The repository with name 'team/app' does not exist in the registry with id '${accountId}'`,
  })
})

test('listings come in pages, and settings can be changed', async () => {
  for (const name of ['page/a', 'page/b', 'page/c']) await create(name)
  const first = await ecr.describeRepositories({ maxResults: 2 })
  const second = await ecr.describeRepositories({ maxResults: 2, nextToken: first.nextToken })
  const names = [first, second].flatMap(({ repositories = [] }) =>
    repositories.map(({ repositoryName }) => repositoryName),
  )
  assert.deepEqual(names, ['page/a', 'page/b', 'page/c'])
  assert.equal(second.nextToken, undefined)
  const repositoryName = 'page/a'
  await assert.rejects(
    ecr.putImageTagMutability({ repositoryName, imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION' }),
    { name: 'InvalidParameterException' },
  )
  await ecr.putImageTagMutability({
    repositoryName,
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'latest*' }],
  })
  const { repositories } = await ecr.describeRepositories({ repositoryNames: [repositoryName] })
  assert.equal(repositories?.[0]?.imageTagMutabilityExclusionFilters?.[0]?.filter, 'latest*')
})

test('a key of KMS must be one that is there', async () => {
  const encryptionConfiguration = { encryptionType: 'KMS' as const }
  const { repository } = await create('kms/own', { encryptionConfiguration })
  assert.match(repository?.encryptionConfiguration?.kmsKey ?? '', /^arn:aws:kms:.*:key\//)
  const missing = { ...encryptionConfiguration, kmsKey: 'alias/none' }
  await assert.rejects(create('kms/none', { encryptionConfiguration: missing }), {
    name: 'KmsException',
    kmsError: 'NotFoundException',
  })
})

test("a repository's policy needs no Resource, and lets other accounts in", async () => {
  const repositoryName = 'shared'
  await create(repositoryName)
  const other = await bartizan.createAccount()
  const stranger = bartizan.client(ECR, { credentials: other.credentials })
  const asked = { repositoryNames: [repositoryName], registryId: accountId }
  await assert.rejects(stranger.describeRepositories(asked), { name: 'AccessDeniedException' })
  await assert.rejects(ecr.setRepositoryPolicy({ repositoryName, policyText: '{}' }), {
    name: 'InvalidParameterException',
    message:
      "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
  })
  const policyText = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: other.accountId },
        Action: 'ecr:DescribeRepositories',
      },
    ],
  })
  await ecr.setRepositoryPolicy({ repositoryName, policyText })
  assert.equal((await ecr.getRepositoryPolicy({ repositoryName })).policyText, policyText)
  const { repositories } = await stranger.describeRepositories(asked)
  assert.equal(repositories?.[0]?.repositoryArn, arnOf(repositoryName))
  await ecr.deleteRepositoryPolicy({ repositoryName })
  await assert.rejects(ecr.getRepositoryPolicy({ repositoryName }), {
    name: 'RepositoryPolicyNotFoundException',
  })
})

test('tags of a repository decide who may use it', async () => {
  const allowed = { Effect: 'Allow', Action: 'ecr:*', Resource: '*' }
  const Condition = { StringEquals: { 'ecr:ResourceTag/team': 'red' } }
  const { credentials } = await newUser(bartizan, 'red', [{ ...allowed, Condition }])
  const red = bartizan.client(ECR, { credentials })
  for (const team of ['red', 'blue']) {
    await create(`of-${team}`, { tags: [{ Key: 'team', Value: team }] })
  }
  await red.deleteRepository({ repositoryName: 'of-red' })
  await assert.rejects(red.deleteRepository({ repositoryName: 'of-blue' }), {
    name: 'AccessDeniedException',
    message: new RegExp(`ecr:DeleteRepository on resource: ${arnOf('of-blue')}`),
  })
})

test('lifecycle policies are checked before they are kept', async () => {
  const rule = (selection: object, rulePriority: unknown = 1) => ({
    rulePriority,
    selection,
    action: { type: 'expire' },
  })
  const aged = {
    tagStatus: 'untagged',
    countType: 'sinceImagePushed',
    countUnit: 'days',
    countNumber: 1,
  }
  const counted = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 5 }
  const tagged = { ...counted, tagStatus: 'tagged', tagPrefixList: ['v'] }
  const good = [[], [rule(aged)], [rule(tagged), rule(counted, 2)]]
  for (const rules of good) assert.equal(lifecycleFault(JSON.stringify({ rules })), undefined)
  const bad: readonly (readonly unknown[])[] = [
    [1],
    [{}],
    [{ ...rule(aged), extra: 1 }],
    [rule(aged, 0)],
    [rule(aged), rule(counted)],
    [rule(counted), rule(aged, 2)],
    [rule({ ...aged, countUnit: 'weeks' })],
    [rule({ ...counted, countUnit: 'days' })],
    [rule({ ...counted, countNumber: 0 })],
    [rule({ ...counted, countType: 'x' })],
    [rule({ ...counted, tagStatus: 'x' })],
    [rule({ ...counted, tagPrefixList: ['v'] })],
    [rule({ ...tagged, tagPatternList: ['v*'] })],
    [{ ...rule(aged), action: { type: 'keep' } }],
  ]
  for (const rules of bad)
    assert.ok(lifecycleFault(JSON.stringify({ rules })), JSON.stringify(rules))
  for (const text of ['{', '[]', '{}']) assert.ok(lifecycleFault(text), text)
  assert.equal(good.length + bad.length, 17)
  const repositoryName = 'aged'
  await create(repositoryName)
  const bare = ' '.repeat(98)
  await assert.rejects(
    ecr.putLifecyclePolicy({ repositoryName, lifecyclePolicyText: `{${bare}}` }),
    {
      name: 'InvalidParameterException',
      message: /Lifecycle policy validation failure: object has missing required properties/,
    },
  )
  const lifecyclePolicyText = JSON.stringify({ rules: [rule(aged)] })
  await ecr.putLifecyclePolicy({ repositoryName, lifecyclePolicyText })
  const kept = await ecr.getLifecyclePolicy({ repositoryName })
  assert.equal(kept.lifecyclePolicyText, lifecyclePolicyText)
  await ecr.deleteLifecyclePolicy({ repositoryName })
  await assert.rejects(ecr.getLifecyclePolicy({ repositoryName }), {
    name: 'LifecyclePolicyNotFoundException',
  })
})

test('a stack makes, changes and deletes a repository', async () => {
  const cloudformation = bartizan.client(CloudFormation)
  const template = (Properties: object) =>
    JSON.stringify({
      Resources: { R: { Type: 'AWS::ECR::Repository', Properties } },
      Outputs: { Uri: { Value: { 'Fn::GetAtt': ['R', 'RepositoryUri'] } } },
    })
  const StackName = 'repository'
  const LifecyclePolicyText = JSON.stringify({
    rules: [
      {
        rulePriority: 1,
        selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 5 },
        action: { type: 'expire' },
      },
    ],
  })
  const Tags = [{ Key: 'a', Value: '1' }]
  const first = { RepositoryName: 'stacked', LifecyclePolicy: { LifecyclePolicyText }, Tags }
  await cloudformation.createStack({ StackName, TemplateBody: template(first) })
  await waitUntilStackCreateComplete(
    { client: cloudformation, maxWaitTime: 10, minDelay: 0.1, maxDelay: 0.1 },
    { StackName },
  )
  const { Stacks } = await cloudformation.describeStacks({ StackName })
  const uri = `${accountId}.dkr.ecr.us-east-1.amazonaws.com/stacked`
  assert.equal(Stacks?.[0]?.Outputs?.[0]?.OutputValue, uri)
  await cloudformation.updateStack({
    StackName,
    TemplateBody: template({ RepositoryName: 'stacked', ImageTagMutability: 'IMMUTABLE' }),
  })
  await bartizan.settled()
  const { repositories } = await ecr.describeRepositories({ repositoryNames: ['stacked'] })
  assert.equal(repositories?.[0]?.imageTagMutability, 'IMMUTABLE')
  await assert.rejects(ecr.getLifecyclePolicy({ repositoryName: 'stacked' }), {
    name: 'LifecyclePolicyNotFoundException',
  })
  const { tags = [] } = await ecr.listTagsForResource({ resourceArn: arnOf('stacked') })
  assert.ok(!tags.some(({ Key }) => Key === 'a'))
  await cloudformation.deleteStack({ StackName })
  await bartizan.settled()
  await assert.rejects(ecr.describeRepositories({ repositoryNames: ['stacked'] }), {
    name: 'RepositoryNotFoundException',
  })
})
