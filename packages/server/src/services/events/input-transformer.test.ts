import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileTransformer, TransformerError } from './input-transformer.ts'
import { compileJsonPath, followJsonPath } from './json-path.ts'

const event = {
  version: '0',
  id: '7bf73129-1428-4cd3-a780-95db273d1602',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '123456789012',
  time: '2015-11-11T21:29:54Z',
  region: 'us-east-1',
  resources: ['arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111'],
  detail: {
    'instance-id': 'i-0123456789',
    state: 'RUNNING',
    count: 3,
    quote: 'a "b"',
    nothing: null,
    list: [{ a: 1 }],
  },
}
const facts = {
  ruleArn: 'arn:aws:events:us-east-1:123456789012:rule/example',
  ruleName: 'example',
  ingestionTime: '2015-11-11T21:29:55Z',
}
const paths = {
  instance: '$.detail.instance-id',
  state: '$.detail.state',
  count: '$.detail.count',
  quote: '$.detail.quote',
  detail: '$.detail.list',
  missing: '$.detail.nowhere',
  nothing: '$.detail.nothing',
  arn: '$.resources[0]',
}

test('templates come out as EventBridge documents them', () => {
  const cases: readonly (readonly [template: string, output: string])[] = [
    ['"instance <instance> is in <state>"', '"instance i-0123456789 is in RUNNING"'],
    ['{"instance": <instance>, "n": <count>}', '{"instance": "i-0123456789", "n": 3}'],
    ['{"state": "<state>", "list": <detail>}', '{"state": "RUNNING", "list": [{"a":1}]}'],
    ['{"text": "says <quote>"}', '{"text": "says a \\"b\\""}'],
    ['{"missing": <missing>}', '{"missing": ""}'],
    ['"nothing: <missing>"', '"nothing: "'],
    ['"<arn>"', '"arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"'],
    ['"list: <detail>"', '"list: [{a:1}]"'],
    ['{"text": "list: <detail>"}', '{"text": "list: [{\\"a\\":1}]"}'],
    ['{"nothing": <nothing>, "text": "<nothing>"}', '{"nothing": null, "text": ""}'],
    ['"one"\n"two <state>"', '"one"\n"two RUNNING"'],
    ['<state>', '"RUNNING"'],
    ['"{[/ special <state>"', '"{[/ special RUNNING"'],
    [
      '"<aws.events.rule-arn> <aws.events.rule-name> <aws.events.event.ingestion-time>"',
      `"${facts.ruleArn} example 2015-11-11T21:29:55Z"`,
    ],
    ['{"event": <aws.events.event.json>}', `{"event": ${JSON.stringify(event)}}`],
  ]
  for (const [template, output] of cases) {
    assert.equal(compileTransformer(template, paths)(event, facts), output, template)
  }
  assert.equal(cases.length, 15)
})

test('the event without its detail is named as EventBridge names it', () => {
  const text = compileTransformer('{"e": <aws.events.event>}')(event, facts)
  const { detail: _detail, 'detail-type': detailType, ...rest } = event
  assert.deepEqual(JSON.parse(text), { e: { ...rest, detailType, time: facts.ingestionTime } })
})

test('templates that EventBridge refuses are refused in its words', () => {
  const cases: readonly (readonly [template: string, message: RegExp])[] = [
    ['"<nowhere>"', /^InputTemplate for target t contains invalid placeholder nowhere\.$/],
    ['[<aws.events.event.json>]', /contains placeholder aws.events.event.json valid only for JSON/],
    ['"<aws.events.event.json>"', /valid only for JSON template\.$/],
    ['hello <state>', /^Invalid InputTemplate for target t : \[Source: \(String\)"hello "/],
    ['{"a": }', /^Invalid InputTemplate for target t :/],
  ]
  for (const [template, message] of cases) {
    assert.throws(
      () => compileTransformer(template, paths),
      (error) => error instanceof TransformerError && message.test(error.of('t')),
      template,
    )
  }
  assert.throws(() => compileTransformer('"<a>"', { a: "$.detail['x']" }), TransformerError)
})

test('paths take dots, indices and wildcards', () => {
  const value = { a: [{ b: 1 }, { b: 2 }], 'c-d': { e_f: null } }
  const follow = (text: string) => {
    const path = compileJsonPath(text)
    assert.ok(path, text)
    return followJsonPath(path, value)
  }
  assert.deepEqual(follow('$'), value)
  assert.equal(follow('$.a[1].b'), 2)
  assert.deepEqual(follow('$.a[*].b'), [1, 2])
  assert.equal(follow('$.c-d.e_f'), null)
  assert.equal(follow('$.a[2]'), undefined)
  assert.equal(follow('$.a.b.c'), undefined)
  for (const bad of ['a.b', "$.a['b']", '$..a', '$.a[-1]', '$.', '$.a[?(@.b)]']) {
    assert.equal(compileJsonPath(bad), undefined, bad)
  }
})

test('whatever the values, a JSON template makes JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (value, text) => {
      const transform = compileTransformer('{"a": <value>, "b": "x <text> <value>"}', {
        value: '$.detail.value',
        text: '$.detail.text',
      })
      const made: unknown = JSON.parse(transform({ detail: { value, text } }, facts))
      assert.deepEqual(
        (made as { a: unknown }).a,
        JSON.parse(JSON.stringify(value === undefined ? '' : value)),
      )
    }),
  )
})
