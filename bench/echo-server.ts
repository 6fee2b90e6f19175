import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

// The least that a node:http server can do with a call: read all of it and answer with as many bytes.
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    response.writeHead(200, {
      'content-type': 'application/x-amz-json-1.1',
      'content-length': body.length,
    })
    response.end(body)
  })
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(
    `{"endpoint":"http://127.0.0.1:${(server.address() as AddressInfo).port}"}\n`,
  )
})
