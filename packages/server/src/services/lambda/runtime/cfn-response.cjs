'use strict'
// Answers CloudFormation for a custom resource: require('cfn-response').send(event, context, status, data).
const http = require('node:http')
const https = require('node:https')

exports.SUCCESS = 'SUCCESS'
exports.FAILED = 'FAILED'

exports.send = function (event, context, status, data, physicalResourceId, noEcho) {
  const body = JSON.stringify({
    Status: status,
    Reason: `See the details in CloudWatch Log Stream: ${context.logStreamName}`,
    PhysicalResourceId: physicalResourceId || context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: data,
  })
  return new Promise((resolve) => {
    const address = new URL(event.ResponseURL)
    const { request } = address.protocol === 'http:' ? http : https
    const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) }
    const end = () => {
      context.done()
      resolve()
    }
    const call = request(address, { method: 'PUT', headers }, (response) => {
      response.resume()
      response.on('end', end)
    })
    call.on('error', (error) => {
      console.log('send(..) failed executing http.request(..):', error)
      end()
    })
    call.end(body)
  })
}
