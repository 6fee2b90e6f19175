import type { Rule, Statement, WebACL } from '@aws-sdk/client-wafv2'
import type { HttpRequest } from '../request.ts'
import type { Surroundings } from '../surroundings.ts'

const VisibilityConfig = {
  SampledRequestsEnabled: false,
  CloudWatchMetricsEnabled: false,
  MetricName: 'test',
}

/** The action that ends a decision well. */
export const allow = { Allow: {} }

/** The action that ends a decision ill. */
export const block = { Block: {} }

/** The action that lets a decision go on. */
export const count = { Count: {} }

/** A web ACL of account 111122223333, named `acl`, that allows by default. */
export function webAcl(Rules: Rule[], settings: Partial<WebACL> = {}): WebACL {
  return {
    Name: 'acl',
    Id: '1',
    ARN: 'arn:aws:wafv2:us-east-1:111122223333:regional/webacl/acl/1',
    DefaultAction: allow,
    VisibilityConfig,
    Rules,
    ...settings,
  }
}

/** A rule that counts, unless the settings say otherwise. */
export function rule(Name: string, statement: Statement, settings: Partial<Rule> = {}): Rule {
  return {
    Name,
    Priority: 0,
    Statement: statement,
    VisibilityConfig,
    ...(settings.OverrideAction ? {} : { Action: count }),
    ...settings,
  }
}

/** What of a request differs from the ordinary one; the body as a byte string. */
export type RequestParts = Partial<Omit<HttpRequest, 'body'>> & { readonly body?: string }

/** A GET of `/` from 192.0.2.1, with what differs. */
export function request(parts: RequestParts = {}): HttpRequest {
  const { body = '', ...others } = parts
  return {
    method: 'GET',
    target: '/',
    httpVersion: 'HTTP/1.1',
    headers: [['Host', 'example.com']],
    bodyTruncated: false,
    clientIp: '192.0.2.1',
    ...others,
    body: Buffer.from(body, 'latin1'),
  }
}

/** Surroundings that know nothing but the time and count every key by itself. */
export function surroundings(parts: Partial<Surroundings> = {}): Surroundings {
  const counts = new Map<string, number>()
  return {
    nowMs: 1_700_000_000_000,
    rates: {
      count(name, key) {
        const total = (counts.get(`${name} ${key}`) ?? 0) + 1
        counts.set(`${name} ${key}`, total)
        return total
      },
    },
    ...parts,
  }
}
