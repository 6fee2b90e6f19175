import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { createHash, type Hash } from 'node:crypto'
import type { Rule } from '@aws-sdk/client-wafv2'
import { serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { compile } from '../compile.ts'
import { managedRuleGroups } from '../managed/index.ts'
import { block, rule, webAcl } from '../testing/builders.ts'
import { expressWaf } from './express.ts'
import { fastifyWaf } from './fastify.ts'
import { honoWaf } from './hono.ts'
import type { WafSettings } from './settings.ts'

/** An application that listens: `/echo` answers what it was sent, `/upload` the SHA-256 of a body that it reads as it comes. */
export interface TestApplication {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** Starts an application of a framework's behind a web ACL. */
export type StartApplication = (settings: WafSettings) => Promise<TestApplication>

const none = [{ Priority: 0, Type: 'NONE' as const }]

/** A rule that looks for text in the path. */
export function pathRule(name: string, text: string, settings: Partial<Rule>): Rule {
  const FieldToMatch = { UriPath: {} }
  const SearchString = Buffer.from(text)
  const PositionalConstraint = 'CONTAINS' as const
  const statement = {
    ByteMatchStatement: {
      FieldToMatch,
      SearchString,
      PositionalConstraint,
      TextTransformations: none,
    },
  }
  return rule(name, statement, settings)
}

/** The web ACL of the tests: managed groups, a custom response, a challenge, inserted headers, and a rate of ten a minute. */
export function testedWebAcl() {
  const managed = ['AWSManagedRulesSQLiRuleSet', 'AWSManagedRulesKnownBadInputsRuleSet']
  const groups = managed.map((Name, index) =>
    rule(
      Name,
      { ManagedRuleGroupStatement: { VendorName: 'AWS', Name } },
      { Priority: index + 10, OverrideAction: { None: {} } },
    ),
  )
  const teapot = {
    Block: {
      CustomResponse: {
        ResponseCode: 418,
        CustomResponseBodyKey: 'kettle',
        ResponseHeaders: [{ Name: 'x-kettle', Value: 'on' }],
      },
    },
  }
  const counted = {
    Count: { CustomRequestHandling: { InsertHeaders: [{ Name: 'seen', Value: 'yes' }] } },
  }
  const limited = {
    RateBasedStatement: {
      Limit: 10,
      EvaluationWindowSec: 60,
      AggregateKeyType: 'IP' as const,
      ScopeDownStatement: pathRule('', '/limited', {}).Statement,
    },
  }
  return compile(
    webAcl(
      [
        pathRule('teapot', '/teapot', { Priority: 0, Action: teapot }),
        pathRule('robots', '/challenged', { Priority: 1, Action: { Challenge: {} } }),
        pathRule('counted', '/echo', { Priority: 2, Action: counted }),
        rule('limited', limited, { Priority: 3, Action: block }),
        ...groups,
      ],
      {
        CustomResponseBodies: {
          kettle: { ContentType: 'APPLICATION_JSON', Content: '{"short":"and stout"}' },
        },
      },
    ),
    { managedRuleGroups },
  )
}

/** Starts an Express application. */
export const startExpress: StartApplication = async (settings) => {
  const application = express()
  application.use('/', expressWaf(settings))
  application.post('/upload', (request, response) => {
    digest(request).then(
      (sum) => response.send(sum),
      () => response.destroy(),
    )
  })
  application.use(express.json({ limit: '1mb' }), express.urlencoded())
  application.all('/echo', ({ body, headers, rawHeaders }, response) => {
    response.send({ body: body ?? null, seen: headers['x-amzn-waf-seen'], raw: rawHeaders })
  })
  const server = createServer(application)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()))
  return listening(server)
}

/** Starts a Fastify application. */
export const startFastify: StartApplication = async (settings) => {
  const application = fastify()
  await application.register(fastifyWaf(settings))
  application.addContentTypeParser('application/octet-stream', (_request, payload, done) =>
    done(null, payload),
  )
  application.post('/upload', (request) => digest(request.body as IncomingMessage))
  application.all('/echo', async ({ body, headers, raw }) => ({
    body: body ?? null,
    seen: headers['x-amzn-waf-seen'],
    raw: raw.rawHeaders,
  }))
  await application.listen({ port: 0, host: '127.0.0.1' })
  return { ...listening(application.server), close: () => application.close() }
}

/** Starts a Hono application on Node. */
export const startHono: StartApplication = (settings) => {
  const server = serve({ fetch: honoApplication(settings).fetch, port: 0, hostname: '127.0.0.1' })
  return new Promise((resolve) => {
    server.once('listening', () => resolve(listening(server as Server)))
  })
}

/** A Hono application, on Node or not. */
export function honoApplication(settings: Parameters<typeof honoWaf>[0]): Hono {
  const application = new Hono()
  application.use(honoWaf(settings))
  application.post('/upload', async (context) => {
    const hash = createHash('sha256')
    for await (const chunk of context.req.raw.body ?? []) hash.update(chunk)
    return context.text(hash.digest('hex'))
  })
  application.all('/echo', async (context) => {
    const isJson = context.req.header('content-type') === 'application/json'
    const body = isJson ? await context.req.json() : null
    const raw = [...context.req.raw.headers].flat()
    return context.json({ body, seen: context.req.header('x-amzn-waf-seen'), raw })
  })
  return application
}

async function digest(stream: AsyncIterable<Buffer>): Promise<string> {
  const hash: Hash = createHash('sha256')
  for await (const chunk of stream) hash.update(chunk)
  return hash.digest('hex')
}

function listening(server: Server): TestApplication {
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  }
}
