import { compilePolicy } from '@bartizan/policy'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { awsManagedPolicies, awsManagedPolicy } from './index.ts'

const wellKnown = [
  'AdministratorAccess',
  'PowerUserAccess',
  'ReadOnlyAccess',
  'SecurityAudit',
  'job-function/ViewOnlyAccess',
  'IAMFullAccess',
  'IAMReadOnlyAccess',
  'IAMUserChangePassword',
  'AWSKeyManagementServicePowerUser',
  'AmazonS3FullAccess',
  'SecretsManagerReadWrite',
  'AmazonSSMReadOnlyAccess',
  'service-role/AWSLambdaBasicExecutionRole',
  'AmazonEC2ReadOnlyAccess',
  'CloudWatchFullAccess',
  'AWSCloudTrail_FullAccess',
]

test('the policies that people attach most are found under their ARNs', () => {
  const found = wellKnown.map((name) => awsManagedPolicy(`arn:aws:iam::aws:policy/${name}`))
  for (const policy of found) assert.ok(Array.isArray(JSON.parse(policy?.document ?? '').Statement))
  assert.equal(found.length, 16)
})

test('AdministratorAccess allows everything', () => {
  const policy = awsManagedPolicy('arn:aws:iam::aws:policy/AdministratorAccess')
  assert.deepEqual(JSON.parse(policy?.document ?? ''), {
    Version: '2012-10-17',
    Statement: [{ Action: '*', Effect: 'Allow', Resource: '*' }],
  })
  assert.equal(policy?.defaultVersion, 'v1')
})

test('every document of the list is at the place the index names, and the engine takes it', () => {
  const all = awsManagedPolicies()
  for (const { arn } of all) compilePolicy(awsManagedPolicy(arn)?.document ?? '', 'identity')
  assert.ok(all.length > 1400)
})

test('a policy is not found without its path, under another name or as a customer policy', () => {
  assert.equal(awsManagedPolicy('arn:aws:iam::aws:policy/ViewOnlyAccess'), undefined)
  assert.equal(awsManagedPolicy('arn:aws:iam::aws:policy/NoSuchPolicy'), undefined)
  assert.equal(awsManagedPolicy('arn:aws:iam::000000000000:policy/ReadOnlyAccess'), undefined)
})

test('a policy keeps its id', () => {
  const [first] = awsManagedPolicies()
  assert.match(first?.id ?? '', /^ANPA[A-Z2-7]{17}$/)
  assert.equal(first?.id, awsManagedPolicy(first?.arn ?? '')?.id)
})
