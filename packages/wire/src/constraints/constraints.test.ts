import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import * as cloudtrail from '@aws-sdk/client-cloudtrail'
import * as iam from '@aws-sdk/client-iam'
import * as kms from '@aws-sdk/client-kms'
import * as sts from '@aws-sdk/client-sts'
import { compileConstraints, type ConstraintData } from './constraints.ts'
import { javaPattern } from './java-pattern.ts'

const load = (service: string): ConstraintData =>
  JSON.parse(
    readFileSync(
      new URL(`../../../server/src/services/${service}/data/constraints.json`, import.meta.url),
      'utf8',
    ),
  ) as ConstraintData

const kmsData = load('kms')
const iamData = load('iam')
const one = '1 validation error detected: '

type Case = readonly [
  what: string,
  data: ConstraintData,
  operation: Parameters<typeof compileConstraints>[1],
  input: Record<string, unknown>,
  message: string | undefined,
]

const cases: readonly Case[] = [
  ['a valid input', kmsData, kms.Encrypt$, { KeyId: 'k', Plaintext: Buffer.of(1) }, undefined],
  [
    'missing members',
    kmsData,
    kms.Encrypt$,
    {},
    "2 validation errors detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null; Value null at 'plaintext' failed to satisfy constraint: Member must not be null",
  ],
  [
    'a string too short',
    kmsData,
    kms.DescribeKey$,
    { KeyId: '' },
    `${one}Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1`,
  ],
  [
    'sensitive bytes too long, named without their value',
    kmsData,
    kms.Encrypt$,
    { KeyId: 'k', Plaintext: Buffer.alloc(4097) },
    `${one}Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096`,
  ],
  [
    'bytes too long',
    kmsData,
    kms.Decrypt$,
    { CiphertextBlob: Buffer.alloc(6145) },
    `${one}Value 'java.nio.HeapByteBuffer[pos=0 lim=6145 cap=6145]' at 'ciphertextBlob' failed to satisfy constraint: Member must have length less than or equal to 6144`,
  ],
  [
    'a number out of range',
    kmsData,
    kms.GenerateRandom$,
    { NumberOfBytes: 1025 },
    `${one}Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024`,
  ],
  [
    'a value outside its enum',
    kmsData,
    kms.GenerateDataKey$,
    { KeyId: 'k', KeySpec: 'AES_1' },
    `${one}Value 'AES_1' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [AES_256, AES_128]`,
  ],
  [
    'a list of scalars, reported once with all its rules',
    kmsData,
    kms.DescribeKey$,
    { KeyId: 'k', GrantTokens: ['a', ''] },
    `${one}Value '[a, ]' at 'grantTokens' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 8192, Member must have length greater than or equal to 1]`,
  ],
  [
    'a structure inside a list, by position',
    kmsData,
    kms.TagResource$,
    {
      KeyId: 'k',
      Tags: [
        { TagKey: 'a', TagValue: '' },
        { TagKey: '', TagValue: '' },
      ],
    },
    `${one}Value '' at 'tags.2.member.tagKey' failed to satisfy constraint: Member must have length greater than or equal to 1`,
  ],
  ['the newest key specs', kmsData, kms.CreateKey$, { KeySpec: 'ML_KEM_768' }, undefined],
  [
    'an operation only the SDK knows',
    kmsData,
    kms.Encapsulate$,
    { KeyId: '', EncapsulationAlgorithm: 'ML_KEM' },
    `${one}Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1`,
  ],
  [
    'a pattern',
    iamData,
    iam.GetUser$,
    { UserName: 'a b' },
    `${one}Value 'a b' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+`,
  ],
  [
    'a password, named without its value',
    iamData,
    iam.CreateLoginProfile$,
    { UserName: 'a', Password: '' },
    `2 validation errors detected: Value at 'password' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+`,
  ],
  [
    'a nested tag of IAM',
    iamData,
    iam.TagRole$,
    { RoleName: 'r', Tags: [{ Key: '', Value: 'v' }] },
    `2 validation errors detected: Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+`,
  ],
  [
    'characters beyond UTF-16',
    iamData,
    iam.TagRole$,
    { RoleName: 'r', Tags: [{ Key: '𐐀'.repeat(128), Value: '' }] },
    undefined,
  ],
]

describe('constraint messages', () => {
  it('are worded as AWS words them', () => {
    let tried = 0
    for (const [what, data, operation, input, message] of cases) {
      assert.equal(compileConstraints(data, operation).validate(input), message, what)
      tried++
    }
    assert.equal(tried, 15)
  })

  it('compile for every operation of every service that has them', () => {
    const services = { kms, iam, sts, cloudtrail }
    let compiled = 0
    for (const [service, client] of Object.entries(services)) {
      const data = load(service)
      for (const schema of Object.values(client) as unknown[]) {
        if (!Array.isArray(schema) || schema[0] !== 9) continue
        compileConstraints(data, schema as unknown as Case[2]).validate({})
        compiled++
      }
    }
    assert.equal(compiled, 308)
  })

  it('no expression runs over a value that is too long', () => {
    const validator = compileConstraints(iamData, iam.CreateRole$)
    const Path = `${'/a'.repeat(500_000)}!`
    const message = validator.validate({ RoleName: 'r', AssumeRolePolicyDocument: '{}', Path })
    assert.match(message ?? '', /^1 validation error detected: .* less than or equal to 512$/s)
  })
})

describe('Java patterns', () => {
  const accepted: readonly (readonly [pattern: string, yes: string, no: string])[] = [
    ['[\\w-.]+', 'a-.b', 'a b'],
    ['[a-zA-Z0-9-_.]+', 'a-_.9', 'a:'],
    ['a|bc', 'bc', 'abc'],
    ['(?s).*', 'a\nb', ''],
    ['[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*', 'é 7@', '!'],
    ['\\p{Alnum}++', 'a1', 'é'],
    ['[\\s]+', ' \t', '\u00a0'],
    ['[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\t]+', '😀', '\u0000'],
    ['(?>a+)\\@{x}', 'aa@{x}', 'a'],
    ['^a$', 'a', 'a\n'],
  ]

  it('match whole values as Java does', () => {
    let tried = 0
    for (const [pattern, yes, no] of accepted) {
      assert.ok(javaPattern(pattern).test(yes), `${pattern} takes ${yes}`)
      if (no !== '') assert.ok(!javaPattern(pattern).test(no), `${pattern} refuses ${no}`)
      tried++
    }
    assert.equal(tried, 10)
  })
})
