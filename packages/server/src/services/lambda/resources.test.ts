import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  CloudFormation,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation'
import { Lambda } from '@aws-sdk/client-lambda'
import { startTestServer } from '@bartizan/testkit'
import { invoke, refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const cloudFormation = bartizan.client(CloudFormation)
const lambda = bartizan.client(Lambda)
const waiting = { client: cloudFormation, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }

const template = (word: string) => `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - { Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }
      Policies:
        - PolicyName: queues
          PolicyDocument:
            Version: '2012-10-17'
            Statement: [{ Effect: Allow, Action: 'sqs:*', Resource: '*' }]
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: stacked
      Runtime: nodejs22.x
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Timeout: 20
      MemorySize: 256
      Environment: { Variables: { WORD: ${word} } }
      Code:
        ZipFile: |
          const response = require('cfn-response')
          exports.handler = async (event, context) => {
            if (!event.ResponseURL) return process.env.WORD
            await response.send(event, context, response.SUCCESS, { Word: process.env.WORD }, 'custom')
          }
  Alias:
    Type: AWS::Lambda::Alias
    Properties:
      Name: live
      FunctionName: !Ref Function
      FunctionVersion: !GetAtt Version.Version
  Version:
    Type: AWS::Lambda::Version
    Properties: { FunctionName: !Ref Function }
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !GetAtt Function.Arn
      Action: lambda:InvokeFunction
      Principal: events.amazonaws.com
  Custom:
    Type: Custom::Word
    Properties: { ServiceToken: !GetAtt Function.Arn }
  Queue:
    Type: AWS::SQS::Queue
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref Function
      EventSourceArn: !GetAtt Queue.Arn
      Enabled: false
Outputs:
  Arn: { Value: !GetAtt Function.Arn }
  Word: { Value: !GetAtt Custom.Word }
`

test('a stack makes a function with all that belongs to it, changes it, and takes it away', async () => {
  const StackName = 'functions'
  const Capabilities = ['CAPABILITY_IAM' as const]
  await cloudFormation.createStack({ StackName, Capabilities, TemplateBody: template('first') })
  await waitUntilStackCreateComplete(waiting, { StackName }).catch(async () => {
    const { StackEvents } = await cloudFormation.describeStackEvents({ StackName })
    assert.fail(StackEvents?.map((each) => each.ResourceStatusReason).join('; '))
  })
  const { Stacks } = await cloudFormation.describeStacks({ StackName })
  const outputs = Object.fromEntries(
    (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
  )
  assert.deepEqual(outputs, {
    Arn: `arn:aws:lambda:us-east-1:${bartizan.accountId}:function:stacked`,
    Word: 'first',
  })
  assert.equal((await invoke(bartizan, 'stacked:live')).answer, 'first')
  await cloudFormation.updateStack({ StackName, Capabilities, TemplateBody: template('second') })
  await waitUntilStackUpdateComplete(waiting, { StackName })
  assert.equal((await invoke(bartizan, 'stacked')).answer, 'second')
  assert.equal((await invoke(bartizan, 'stacked:live')).answer, 'first')
  await cloudFormation.deleteStack({ StackName })
  await waitUntilStackDeleteComplete(waiting, { StackName })
  const gone = await refusal(lambda.getFunction({ FunctionName: 'stacked' }))
  assert.equal(gone.name, 'ResourceNotFoundException')
  const { EventSourceMappings } = await lambda.listEventSourceMappings({})
  assert.deepEqual(EventSourceMappings, [])
})
