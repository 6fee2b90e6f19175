'use strict'
// What the native addon of AWS's runtime interface client does, over node:http: ask for the next invocation, answer
// it. One connection, so an answer always goes out before the question that follows it.
const { Agent, request } = require('node:http')

const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':')
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const base = '/2018-06-01/runtime/invocation/'
const exit = process.exit
let underWay = 0
let exitCode

// The addon answers before it returns, and the client ends the process right after an error: wait for the answer.
process.exit = (code) => {
  if (underWay === 0) exit.call(process, code)
  exitCode ??= { code }
}

function answered() {
  underWay -= 1
  if (underWay === 0 && exitCode) exit.call(process, exitCode.code)
}

function next() {
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path: `${base}next`, agent }, (answer) => {
      const chunks = []
      answer.on('data', (chunk) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        resolve({ bodyJson: Buffer.concat(chunks).toString(), headers: answer.headers })
      })
    })
    asked.on('error', reject)
    asked.end()
  })
}

function post(path, body) {
  const bytes = Buffer.from(body)
  const headers = { 'content-type': 'application/json', 'content-length': bytes.length }
  underWay += 1
  const sent = request({ hostname, port, path, agent, method: 'POST', headers }, (answer) => {
    answer.resume()
    answer.on('close', answered)
  })
  // The server went away: the question for the next invocation, which follows, says so.
  sent.on('error', answered)
  sent.end(bytes)
}

module.exports = {
  next,
  done: (id, body) => post(`${base}${id}/response`, body),
  error: (id, body) => post(`${base}${id}/error`, body),
}
