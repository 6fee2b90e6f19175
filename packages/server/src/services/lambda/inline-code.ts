import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'

/**
 * The package of a function whose source stands in a template, with the `cfn-response` module that AWS adds
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html).
 * Undefined for a runtime whose source cannot stand in a template.
 */
export function inlinePackage(source: string, runtime: string): Promise<Buffer> | undefined {
  if (runtime.startsWith('nodejs')) {
    return zipped({ 'index.js': source, 'node_modules/cfn-response/index.js': nodeResponse })
  }
  if (runtime.startsWith('python')) {
    return zipped({ 'index.py': source, 'cfnresponse.py': pythonResponse })
  }
  return undefined
}

/** The same source makes the same bytes: an update that changes nothing is seen as such. */
const anyTime = new Date('2026-01-01T00:00:00Z')

function zipped(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [name, content] of Object.entries(files)) {
    zip.addBuffer(Buffer.from(content), name, { mode: 0o100644, mtime: anyTime })
  }
  zip.end()
  return buffer(zip.outputStream)
}

const nodeResponse = `'use strict'
exports.SUCCESS = 'SUCCESS'
exports.FAILED = 'FAILED'
exports.send = (event, context, Status, Data, physicalResourceId, NoEcho) =>
  new Promise((resolve) => {
    const body = JSON.stringify({
      Status,
      Reason: 'See the details in CloudWatch Log Stream: ' + context.logStreamName,
      PhysicalResourceId: physicalResourceId || context.logStreamName,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
      NoEcho: NoEcho || false,
      Data,
    })
    const url = new URL(event.ResponseURL)
    const { request } = require(url.protocol === 'https:' ? 'node:https' : 'node:http')
    const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) }
    const sent = request(url, { method: 'PUT', headers }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(context.done()))
    })
    sent.on('error', (error) => {
      console.log('send(..) failed executing request(..): ' + error)
      resolve(context.done(error))
    })
    sent.end(body)
  })
`

const pythonResponse = `import json
import urllib.request

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(event, context, responseStatus, responseData, physicalResourceId=None, noEcho=False, reason=None):
    body = json.dumps(
        {
            "Status": responseStatus,
            "Reason": reason or f"See the details in CloudWatch Log Stream: {context.log_stream_name}",
            "PhysicalResourceId": physicalResourceId or context.log_stream_name,
            "StackId": event["StackId"],
            "RequestId": event["RequestId"],
            "LogicalResourceId": event["LogicalResourceId"],
            "NoEcho": noEcho,
            "Data": responseData,
        }
    ).encode()
    request = urllib.request.Request(event["ResponseURL"], body, {"content-type": ""}, method="PUT")
    try:
        urllib.request.urlopen(request).read()
    except Exception as error:
        print("send(..) failed executing the request:", error)
`
