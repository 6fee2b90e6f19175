/* A small application: a queue with a key, a function from an asset, a rule that runs it, a secret-free bucket. */
const { join } = require('node:path')
const { App, CfnOutput, Duration, RemovalPolicy, Stack } = require('aws-cdk-lib')
const { Rule } = require('aws-cdk-lib/aws-events')
const { LambdaFunction } = require('aws-cdk-lib/aws-events-targets')
const { Key } = require('aws-cdk-lib/aws-kms')
const { Code, Function: LambdaFn, Runtime } = require('aws-cdk-lib/aws-lambda')
const { Bucket } = require('aws-cdk-lib/aws-s3')
const { Queue } = require('aws-cdk-lib/aws-sqs')
const { StringParameter } = require('aws-cdk-lib/aws-ssm')

const stack = new Stack(new App({ analyticsReporting: false }), 'Small')
const removalPolicy = RemovalPolicy.DESTROY
const key = new Key(stack, 'Key', { removalPolicy, pendingWindow: Duration.days(7) })
const queue = new Queue(stack, 'Queue', { encryptionMasterKey: key })
const bucket = new Bucket(stack, 'Bucket', { removalPolicy, enforceSSL: true })
const code = Code.fromAsset(join(__dirname, 'function'))
const environment = { QUEUE: queue.queueUrl }
const runtime = Runtime.NODEJS_22_X
const fn = new LambdaFn(stack, 'Function', { runtime, handler: 'index.handler', code, environment })
queue.grantSendMessages(fn)
bucket.grantReadWrite(fn)
new StringParameter(stack, 'Parameter', {
  parameterName: '/small/queue',
  stringValue: queue.queueName,
})
const eventPattern = { source: ['conformance'] }
new Rule(stack, 'Rule', { eventPattern, targets: [new LambdaFunction(fn)] })
new CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl })
