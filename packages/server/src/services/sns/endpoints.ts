import type { Context } from '../../kernel/context.ts'
import { courier } from './courier.ts'
import { invalidParameter } from './errors.ts'
import type { Protocol, TopicRow } from './store.ts'
import { isFifo } from './topic-attributes.ts'

/** Protocols of AWS that go nowhere from here. */
const absent = ['sms', 'application', 'firehose']

const forms: Readonly<Record<Protocol, { readonly form: RegExp; readonly wrong: string }>> = {
  http: { form: /^http:\/\/[^/\s]+/, wrong: 'Endpoint must match the specified protocol' },
  https: { form: /^https:\/\/[^/\s]+/, wrong: 'Endpoint must match the specified protocol' },
  email: { form: /^[^@\s]+@[^@\s]+$/, wrong: 'Email address' },
  'email-json': { form: /^[^@\s]+@[^@\s]+$/, wrong: 'Email address' },
  sqs: { form: /^arn:[a-z-]+:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+$/, wrong: 'SQS endpoint ARN' },
  lambda: {
    form: /^arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9$_-]+)?$/,
    wrong: 'Lambda endpoint ARN',
  },
}

function isProtocol(name: string): name is Protocol {
  return Object.hasOwn(forms, name)
}

/** An endpoint as SNS shows it: a password in a URL is masked (SNS Developer Guide, "HTTP/HTTPS endpoints"). */
export function maskedEndpoint(endpoint: string): string {
  return endpoint.replace(/^(https?:\/\/[^/@:]*):[^/@]*@/, '$1:****@')
}

/** An endpoint that can be subscribed. */
export interface Endpoint {
  readonly protocol: Protocol
  /** As it is shown: with a masked password. */
  readonly endpoint: string
  /** As it was given, where that differs. */
  readonly secretEndpoint: string | undefined
  /** The account of a queue or function. */
  readonly account: string | undefined
}

/** Checks what is to be subscribed to a topic. Throws InvalidParameter. */
export function checkEndpoint(
  ctx: Context,
  topic: TopicRow,
  {
    Protocol: protocol = '',
    Endpoint: endpoint = '',
  }: { Protocol?: string | undefined; Endpoint?: string | undefined },
): Endpoint {
  if (absent.includes(protocol)) {
    throw invalidParameter(`Protocol Reason: Bartizan does not deliver to ${protocol} endpoints`)
  }
  if (!isProtocol(protocol)) {
    throw invalidParameter(`Amazon SNS does not support this protocol string: ${protocol}`)
  }
  const { form, wrong } = forms[protocol]
  if (!form.test(endpoint) || (protocol.startsWith('http') && !URL.canParse(endpoint))) {
    throw invalidParameter(wrong)
  }
  const isFifoQueue = protocol === 'sqs' && endpoint.endsWith('.fifo')
  if (isFifo(topic) && protocol !== 'sqs') {
    throw invalidParameter(`Invalid protocol type: ${protocol}`)
  }
  if (isFifoQueue && !isFifo(topic)) {
    throw invalidParameter(
      'Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics',
    )
  }
  if (protocol.startsWith('email') && !ctx.runtime(courier).hasMail) {
    throw invalidParameter(
      'Protocol Reason: there is no mail server; BARTIZAN_SMTP_URL names the one to send by',
    )
  }
  const shown = maskedEndpoint(endpoint)
  return {
    protocol,
    endpoint: shown,
    secretEndpoint: shown === endpoint ? undefined : endpoint,
    account: endpoint.startsWith('arn:') ? endpoint.split(':')[4] : undefined,
  }
}
