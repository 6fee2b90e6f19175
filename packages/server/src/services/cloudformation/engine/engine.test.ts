import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { subnets } from './cidr.ts'
import { checkReferences, dependenciesOf, referencesIn } from './dependencies.ts'
import { readDocument } from './document.ts'
import { readReference, resolveDynamic } from './dynamic-references.ts'
import { conditionHolds, evaluate } from './evaluate.ts'
import type { Json } from './json.ts'
import { parameterMeaning, parameterValues } from './parameters.ts'
import type { Scope } from './scope.ts'
import { readTemplate } from './template.ts'
import { TemplateError } from './template-error.ts'
import { noValue } from './value.ts'

const scope: Scope = {
  parameters: {
    'AWS::Region': 'eu-central-1',
    'AWS::AccountId': '111122223333',
    Name: 'green',
    List: ['a', 'b', 'c'],
    Count: '3',
  },
  mappings: { Sizes: { small: { cpu: '1', zones: ['a', 'b'] } } },
  conditions: {
    IsGreen: { 'Fn::Equals': [{ Ref: 'Name' }, 'green'] },
    IsRed: { 'Fn::Not': [{ Condition: 'IsGreen' }] },
    Both: { 'Fn::And': [{ Condition: 'IsGreen' }, { 'Fn::Equals': ['1', '1'] }] },
    Either: { 'Fn::Or': [{ Condition: 'IsRed' }, { Condition: 'Both' }] },
    Circle: { 'Fn::Not': [{ Condition: 'Circle' }] },
  },
  transforms: [],
  resource: (name) =>
    name === 'Queue'
      ? { ref: 'https://queue', attributes: { Arn: 'arn:queue', 'A.B': 'dotted' } }
      : undefined,
  isDeclared: (name) => name === 'Queue' || name === 'Later',
  exported: (name) => (name === 'shared' ? 'exported' : undefined),
  zonesOf: (region) => [`${region}a`, `${region}b`],
}

const values: readonly (readonly [value: Json, expected: unknown])[] = [
  [{ Ref: 'Name' }, 'green'],
  [{ Ref: 'AWS::Region' }, 'eu-central-1'],
  [{ Ref: 'AWS::NoValue' }, noValue],
  [{ Ref: 'Queue' }, 'https://queue'],
  [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:queue'],
  [{ 'Fn::GetAtt': 'Queue.Arn' }, 'arn:queue'],
  [{ 'Fn::GetAtt': ['Queue', 'A.B'] }, 'dotted'],
  [
    { 'Fn::Sub': 'x-${Name}-${Queue}-${Queue.Arn}-${!Literal}' },
    'x-green-https://queue-arn:queue-${Literal}',
  ],
  [{ 'Fn::Sub': ['${A}${Name}', { A: { Ref: 'Count' } }] }, '3green'],
  [{ 'Fn::Join': ['-', ['a', { Ref: 'Name' }, 1]] }, 'a-green-1'],
  [{ 'Fn::Join': [',', { Ref: 'List' }] }, 'a,b,c'],
  [{ 'Fn::Select': ['1', { Ref: 'List' }] }, 'b'],
  [{ 'Fn::Select': [0, { 'Fn::Split': ['|', 'x|y'] }] }, 'x'],
  [{ 'Fn::FindInMap': ['Sizes', 'small', 'cpu'] }, '1'],
  [{ 'Fn::FindInMap': ['Sizes', 'large', 'cpu', { DefaultValue: '9' }] }, '9'],
  [{ 'Fn::If': ['IsGreen', 'yes', 'no'] }, 'yes'],
  [{ 'Fn::If': ['IsRed', 'yes', { Ref: 'AWS::NoValue' }] }, noValue],
  [{ 'Fn::Base64': 'text' }, 'dGV4dA=='],
  [{ 'Fn::GetAZs': '' }, ['eu-central-1a', 'eu-central-1b']],
  [{ 'Fn::GetAZs': { Ref: 'AWS::Region' } }, ['eu-central-1a', 'eu-central-1b']],
  [{ 'Fn::ImportValue': 'shared' }, 'exported'],
  [{ 'Fn::Length': { Ref: 'List' } }, 3],
  [{ 'Fn::ToJsonString': { a: { Ref: 'Name' } } }, '{"a":"green"}'],
  [{ 'Fn::Cidr': ['10.0.0.0/16', 2, 8] }, ['10.0.0.0/24', '10.0.1.0/24']],
  [{ a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1] }, { b: [1] }],
  [
    { Ref: 'Name', other: 1 },
    { Ref: 'Name', other: 1 },
  ],
]

test('functions come to what AWS documents', () => {
  let ran = 0
  for (const [value, expected] of values) {
    assert.deepEqual(evaluate(value, scope), expected, JSON.stringify(value))
    ran++
  }
  assert.equal(ran, 26)
})

test('conditions combine', () => {
  const cases = { IsGreen: true, IsRed: false, Both: true, Either: true }
  for (const [name, holds] of Object.entries(cases)) {
    assert.equal(conditionHolds(name, scope), holds, name)
  }
  assert.throws(() => conditionHolds('Circle', scope), /circular condition dependency/)
})

const refused: readonly (readonly [value: Json, message: RegExp])[] = [
  [{ Ref: 'Nothing' }, /Unresolved resource dependencies \[Nothing\] in the Resources block/],
  [{ 'Fn::GetAtt': ['Nothing', 'Arn'] }, /references undefined resource Nothing/],
  [{ 'Fn::GetAtt': ['Queue', 'Nothing'] }, /Attribute 'Nothing' does not exist/],
  [{ 'Fn::Join': 'x' }, /every Fn::Join object requires two parameters/],
  [{ 'Fn::Select': [7, ['a']] }, /Fn::Select cannot select nonexistent value at index 7/],
  [{ 'Fn::Split': ['x'] }, /every Fn::Split object requires two parameters/],
  [{ 'Fn::FindInMap': ['Sizes', 'large', 'cpu'] }, /Unable to get mapping for Sizes::large::cpu/],
  [{ 'Fn::FindInMap': ['None', 'large', 'cpu'] }, /Mapping named 'None' is not present/],
  [{ 'Fn::If': ['None', 1, 2] }, /unresolved condition dependency None in Fn::If/],
  [{ 'Fn::ImportValue': 'none' }, /No export named none found/],
  [{ 'Fn::Sub': ['x', 'y'] }, /Fn::Sub intrinsic functions don't specify expected arguments/],
  [{ 'Fn::Sub': '${a b}' }, /variable names in Fn::Sub syntax/],
  [{ 'Fn::Nothing': 'x' }, /Fn::Nothing/],
  [{ 'Fn::Cidr': ['10.0.0.0/28', 4, 8] }, /Fn::Cidr cannot make 4 blocks/],
]

test('what cannot be evaluated is refused in AWS’s words', () => {
  let ran = 0
  for (const [value, message] of refused) {
    assert.throws(() => evaluate(value, scope), message, JSON.stringify(value))
    ran++
  }
  assert.equal(ran, 14)
})

test('short forms in YAML are the long forms in JSON', () => {
  const yaml = readDocument(`
Resources:
  R:
    Type: A::B::C
    Properties:
      Ref: !Ref Name
      Att: !GetAtt Queue.Outputs.X
      AttList: !GetAtt [Queue, Arn]
      Sub: !Sub ["\${A}", { A: !Ref B }]
      Join: !Join ['', [a, !Ref b]]
      If: !If [C, !Ref 'AWS::NoValue', x]
      Not: !Not [!Condition D]
      Version: 2012-10-17
      Number: 0123
      Decimal: 1.10
      Whole: 5
      Flag: true
      Base: !Base64
        Fn::Sub: text
`)
  assert.deepEqual(yaml, {
    Resources: {
      R: {
        Type: 'A::B::C',
        Properties: {
          Ref: { Ref: 'Name' },
          Att: { 'Fn::GetAtt': ['Queue', 'Outputs.X'] },
          AttList: { 'Fn::GetAtt': ['Queue', 'Arn'] },
          Sub: { 'Fn::Sub': ['${A}', { A: { Ref: 'B' } }] },
          Join: { 'Fn::Join': ['', ['a', { Ref: 'b' }]] },
          If: { 'Fn::If': ['C', { Ref: 'AWS::NoValue' }, 'x'] },
          Not: { 'Fn::Not': [{ Condition: 'D' }] },
          Version: '2012-10-17',
          Number: '0123',
          Decimal: '1.10',
          Whole: 5,
          Flag: true,
          Base: { 'Fn::Base64': { 'Fn::Sub': 'text' } },
        },
      },
    },
  })
})

const resource = { Type: 'AWS::KMS::Key' }
const template = (change: object = {}, properties: object = {}): string =>
  JSON.stringify({ Resources: { Key: { ...resource, Properties: properties } }, ...change })

const malformed: readonly (readonly [text: string, message: RegExp])[] = [
  ['{', /JSON not well-formed/],
  ['a: [', /YAML not well-formed/],
  ['just text', /unsupported structure/],
  ['{"Resources":{}}', /At least one Resources member must be defined/],
  [template({ Extra: {} }), /Invalid template property or properties \[Extra\]/],
  [template({ AWSTemplateFormatVersion: '2020-01-01' }), /Unsupported template version/],
  [template({ Resources: { 'a-b': resource } }), /Resource name a-b is non alphanumeric/],
  [template({ Resources: { A: {} } }), /must contain a Type member/],
  [
    template({ Resources: { A: { ...resource, Extra: 1 } } }),
    /Invalid template resource property 'Extra'/,
  ],
  [template({ Parameters: { P: { Type: 'Text' } } }), /Unrecognized parameter type: Text/],
  [template({ Parameters: { P: {} } }), /must contain a Type member/],
  [
    template({ Mappings: { M: { a: { b: {} } } } }),
    /Every Mappings attribute must be a String or a List/,
  ],
  [template({ Outputs: { O: {} } }), /must contain a Value object/],
  [template({}, { Description: null }), /'null' values are not allowed in templates/],
  [
    template({}, { Description: { Ref: 'No' } }),
    /Unresolved resource dependencies \[No\] in the Resources block/,
  ],
  [template({ Outputs: { O: { Value: { Ref: 'No' } } } }), /\[No\] in the Outputs block/],
  [
    template({ Conditions: { C: { 'Fn::Equals': [{ Ref: 'Key' }, 'x'] } } }),
    /Cannot reference resources in the Conditions block/,
  ],
  [template({ Resources: { A: { ...resource, DependsOn: 'B' } } }), /\[B\] in the Resources block/],
  [
    template({ Resources: { A: { ...resource, Condition: 'C' } } }),
    /Unresolved condition dependency C/,
  ],
  [
    template({
      Resources: {
        A: { ...resource, DependsOn: 'B' },
        B: { ...resource, Properties: { Description: { Ref: 'A' } } },
      },
    }),
    /Circular dependency between resources: \[A, B\]/,
  ],
  [
    template({ Transform: 'AWS::Serverless-2016-10-31' }),
    /No transform named AWS::Serverless-2016-10-31 found/,
  ],
]

test('malformed templates are refused in AWS’s words', () => {
  let ran = 0
  for (const [text, message] of malformed) {
    const check = () => {
      const read = readTemplate(text)
      checkReferences(read)
      dependenciesOf(read)
    }
    assert.throws(check, message, text)
    ran++
  }
  assert.equal(ran, 21)
})

test('parameters take what is given, kept or declared, within their constraints', () => {
  const { parameters } = readTemplate(
    template({
      Parameters: {
        A: { Type: 'String', Default: 'x', AllowedValues: ['x', 'y'] },
        B: { Type: 'Number', MinValue: 2, MaxValue: 4, Default: 3 },
        C: { Type: 'CommaDelimitedList', Default: 'a, b' },
        D: {
          Type: 'String',
          AllowedPattern: '[a-z]+',
          Default: 'd',
          ConstraintDescription: 'letters',
        },
        E: { Type: 'String', MinLength: 2, MaxLength: 3, Default: 'ee' },
      },
    }),
  )
  assert.deepEqual(parameterValues(parameters, {}), { A: 'x', B: '3', C: 'a, b', D: 'd', E: 'ee' })
  assert.equal(parameterValues(parameters, { A: { usePrevious: true } }, { A: 'y' })['A'], 'y')
  assert.deepEqual(parameterMeaning('CommaDelimitedList', 'a, b'), ['a', 'b'])
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['A', 'z', /Parameter 'A' must be one of AllowedValues/],
    ['B', '5', /Parameter 'B' must be a number not greater than 4/],
    ['B', '1', /Parameter 'B' must be a number not less than 2/],
    ['B', 'x', /Parameter 'B' must be a number/],
    ['D', '1', /Parameter D failed to satisfy constraint: letters/],
    ['E', 'e', /Parameter 'E' must contain at least 2 characters/],
    ['E', 'eeee', /Parameter 'E' must contain at most 3 characters/],
    ['F', 'x', /Parameters: \[F\] do not exist in the template/],
  ]
  for (const [name, value, message] of cases) {
    assert.throws(() => parameterValues(parameters, { [name]: { value } }), message)
  }
  const { parameters: bare } = readTemplate(template({ Parameters: { G: { Type: 'String' } } }))
  assert.throws(() => parameterValues(bare, {}), /Parameters: \[G\] must have values/)
})

test('dynamic references are found within text and read by their form', async () => {
  const found: string[] = []
  const value = await resolveDynamic(
    {
      a: ['x{{resolve:ssm:/path/name:3}}y', '{{resolve:secretsmanager:db:SecretString:password}}'],
    },
    (reference) => {
      found.push(JSON.stringify(reference))
      return Promise.resolve('!')
    },
  )
  assert.deepEqual(value, { a: ['x!y', '!'] })
  assert.deepEqual(found, [
    '{"service":"ssm","name":"/path/name","version":"3"}',
    '{"service":"secretsmanager","name":"db","jsonKey":"password"}',
  ])
  const arn = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf'
  assert.deepEqual(readReference('secretsmanager', `${arn}:SecretString:user:AWSPENDING`), {
    service: 'secretsmanager',
    name: arn,
    jsonKey: 'user',
    versionStage: 'AWSPENDING',
  })
  assert.throws(() => readReference('ssm', 'a b'), /Incorrect format is used/)
})

test('everything that a value refers to is found', () => {
  const names = referencesIn({
    a: [{ Ref: 'A' }, { 'Fn::Sub': ['${B} ${C.Arn} ${D}', { D: { 'Fn::GetAtt': ['E', 'Arn'] } }] }],
  })
  assert.deepEqual(names.map(({ name }) => name).sort(), ['A', 'B', 'C', 'E'])
})

test('blocks of Fn::Cidr do not overlap and lie within their block', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 4, max: 10 }), (count, bits) => {
      const blocks = subnets('10.1.0.0/16', count, bits)
      assert.equal(new Set(blocks).size, count)
      for (const block of blocks) assert.match(block, /^10\.1\./)
    }),
  )
  assert.deepEqual(
    subnets('2001:db8::/56', 2, 64),
    ['2001:db8::/64', '2001:db8:0:1::/64'].map(full),
  )
})

function full(block: string): string {
  const [address = '', length = ''] = block.split('/')
  const [left = '', right = ''] = address.split('::')
  const parts = [left, right].map((part) => (part === '' ? [] : part.split(':')))
  const zeros = Array.from({ length: 8 - parts.flat().length }, () => '0')
  return `${[...(parts[0] ?? []), ...zeros, ...(parts[1] ?? [])].join(':')}/${length}`
}

test('text that is no template never does more than be refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        readTemplate(text)
      } catch (error) {
        assert.ok(error instanceof TemplateError, String(error))
      }
    }),
  )
})

test('a template exports no name twice, unless a condition may keep them apart', () => {
  const output = (Name: Json, more: Record<string, string> = {}) => ({
    Value: 'x',
    Export: { Name },
    ...more,
  })
  const read = (Outputs: Record<string, Json>) =>
    readTemplate(JSON.stringify({ Resources: { Queue: { Type: 'AWS::SQS::Queue' } }, Outputs }))
  assert.throws(
    () => read({ One: output('shared'), Other: output('shared') }),
    /The Outputs section contains duplicate Export names: \[shared\]\. Specify a unique name for each export\./,
  )
  const named = { 'Fn::Sub': '${AWS::StackName}-queue' }
  assert.throws(() => read({ One: output(named), Other: output(named) }), TemplateError)
  read({ One: output(named, { Condition: 'Yes' }), Other: output(named, { Condition: 'No' }) })
})
