import { endsInFile } from '../body/file-kind.ts'
import { scannerAgent, scannerHeader } from '../detectors/clients/scanners.ts'
import { restrictedExtension, restrictedFile } from '../detectors/clients/probes.ts'
import { protocolBreach } from '../detectors/clients/protocol.ts'
import { matchDetection } from '../detectors/detector.ts'
import { hiddenFiles, localFiles } from '../detectors/files/local-files.ts'
import { climbingUri } from '../detectors/files/uri-path.ts'
import { metadataService, remoteResource } from '../detectors/urls/remote.ts'
import { externalEntity } from '../detectors/markup/external-entity.ts'
import { crossSiteScripting } from './cross-site-scripting.ts'
import { detectorRule } from './detector-rule.ts'
import {
  inBody,
  inCookie,
  inForm,
  inHeader,
  inJson,
  inQuery,
  inTarget,
  jsonBody,
} from './examples.ts'
import { HarmlessTexts, unlessHarmless } from './harmless.ts'
import { requestRule } from './request-rule.ts'
import type { ParsedRequest } from '../parsed-request.ts'
import type { HttpRequest } from '../request.ts'
import type { ManagedMatch, ManagedRule, ManagedRuleGroup, RequestExample } from './rule.ts'

const long = (length: number): string => 'a'.repeat(length)
const oneUrl = 'https://shop.example/item?id=5'

const agents = new HarmlessTexts()

const clients: readonly ManagedRule[] = [
  requestRule({
    name: 'NoUserAgent_HEADER',
    label: 'NoUserAgent_Header',
    reason: 'the request does not say what sends it',
    find: (request) =>
      (request.header('user-agent') ?? '').trim() === '' ? 'no user agent' : undefined,
    examples: {
      attack: [inHeader('user-agent', '')],
      benign: [{}, inHeader('user-agent', 'curl/8.5.0')],
    },
  }),
  requestRule({
    name: 'UserAgent_BadBots_HEADER',
    label: 'BadBots_Header',
    reason: 'a client that looks for weaknesses, or breaks the protocol as none but such does',
    find: (request) =>
      unlessHarmless(agents, request.header('user-agent') ?? '', scannerAgent)?.evidence ??
      scannerHeader(request.request.headers) ??
      protocolBreach(request),
    examples: {
      attack: [
        inHeader('user-agent', 'sqlmap/1.7.2#stable (https://sqlmap.org)'),
        inHeader('user-agent', 'Mozilla/5.0 (compatible; Nuclei - Open-source project)'),
        inHeader('content-length', '-5'),
        inHeader('range', 'bytes=0-1,1-2,2-3,3-4,4-5,5-6,6-7'),
      ],
      benign: [
        {},
        inHeader(
          'user-agent',
          'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
        ),
        inHeader('range', 'bytes=0-1023'),
      ],
    },
  }),
]

const sizes: readonly ManagedRule[] = [
  requestRule({
    name: 'SizeRestrictions_QUERYSTRING',
    label: 'SizeRestrictions_QueryString',
    reason: 'a query string of more than 2,048 bytes',
    find: ({ queryString }) =>
      queryString.length > 2048 ? `${queryString.length} bytes` : undefined,
    examples: { attack: [inTarget(`/?a=${long(2047)}`)], benign: [inTarget(`/?a=${long(2046)}`)] },
  }),
  requestRule({
    name: 'SizeRestrictions_Cookie_HEADER',
    label: 'SizeRestrictions_Cookie_Header',
    reason: 'cookies of more than 10,240 bytes',
    find(request) {
      const length = request.headerValues('cookie').reduce((sum, line) => sum + line.length, 0)
      return length > 10_240 ? `${length} bytes` : undefined
    },
    examples: {
      attack: [inHeader('cookie', `a=${long(10_239)}`)],
      benign: [inHeader('cookie', `a=${long(10_238)}`)],
    },
  }),
  requestRule({
    name: 'SizeRestrictions_BODY',
    label: 'SizeRestrictions_Body',
    reason:
      'a body of which the end is not inspected, or of more than 8,192 bytes of a kind that cannot be read',
    find: (request) => oversize(request.request, request.header('content-type') ?? ''),
    examples: {
      attack: [inBody('application/x-unheard-of', long(8193))],
      benign: [
        jsonBody({ text: long(60_000) }),
        inForm(long(9000)),
        inBody('application/x-unheard-of', long(8192)),
      ],
    },
  }),
  requestRule({
    name: 'SizeRestrictions_URIPATH',
    label: 'SizeRestrictions_URIPath',
    reason: 'a path of more than 1,024 bytes',
    find: ({ uriPath }) => (uriPath.length > 1024 ? `${uriPath.length} bytes` : undefined),
    examples: { attack: [inTarget(`/${long(1024)}`)], benign: [inTarget(`/${long(1023)}`)] },
  }),
]

/** Kinds of bodies that are taken apart and inspected to their end, or whose bytes say nothing. */
const understood =
  /json|x-www-form-urlencoded|multipart\/|xml|graphql|text\/|image\/|video\/|audio\/|font\/|octet-stream|pdf|zip|protobuf|grpc|msgpack|cbor|offset\+octet-stream/i

function oversize({ body, bodyTruncated }: HttpRequest, type: string): string | undefined {
  if (!bodyTruncated) {
    return body.length > 8192 && !understood.test(type) ? `${body.length} bytes` : undefined
  }
  // What follows a picture's first 64 KB is the picture: nobody would read an argument from there.
  const isFile = endsInFile(Buffer.from(body.buffer, body.byteOffset, body.length), type)
  return isFile ? undefined : `more than ${body.length} bytes`
}

const metadata: readonly ManagedRule[] = [
  detectorRule({
    name: 'EC2MetaDataSSRF_BODY',
    label: 'EC2MetaDataSSRF_Body',
    components: ['body'],
    detectors: [metadataService],
    examples: {
      attack: [
        inJson('http://169.254.169.254/latest/meta-data/iam'),
        inForm('http://[::ffff:a9fe:a9fe]/'),
      ],
      benign: [
        inJson('http://example.com/latest/news'),
        inJson('The metadata of the image is kept.'),
      ],
    },
  }),
  detectorRule({
    name: 'EC2MetaDataSSRF_COOKIE',
    label: 'EC2MetaDataSSRF_Cookie',
    components: ['cookies', 'headers'],
    detectors: [metadataService],
    examples: { attack: [inCookie('http://2852039166/latest')], benign: [inCookie(oneUrl)] },
  }),
  detectorRule({
    name: 'EC2MetaDataSSRF_URIPATH',
    label: 'EC2MetaDataSSRF_URIPath',
    components: ['uriPath'],
    detectors: [metadataService],
    examples: {
      attack: [inTarget('/proxy/169.254.169.254/x'), inTarget('/latest/meta-data/hostname')],
      benign: [inTarget('/latest/metal'), inTarget('/v1/metadata')],
    },
  }),
  detectorRule({
    name: 'EC2MetaDataSSRF_QUERYARGUMENTS',
    label: 'EC2MetaDataSSRF_QueryArguments',
    components: ['queryArguments'],
    detectors: [metadataService],
    examples: {
      attack: [
        inQuery('http://0xa9fea9fe/'),
        inQuery('http://metadata.google.internal/computeMetadata/v1/'),
        inQuery('http://0251.0376.0251.0376/'),
      ],
      benign: [inQuery(oneUrl), inQuery('http://metadata.example/')],
    },
  }),
]

function upload(name: string): RequestExample {
  const part = `--b5\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: image/jpeg\r\n\r\nx\r\n--b5--\r\n`
  return inBody('multipart/form-data; boundary=b5', part)
}

/** The name of an uploaded file that a server would run, also behind a second ending. */
const programName =
  /\bfilename\*?\s*=\s*(?:"[^"\r\n]{0,200}|[^\s;"]{0,200})\.(?:php\d?|phtml|phar|pht|jspx?|aspx?|ashx|asmx|cfm|htaccess|user\.ini)(?:["';.:%\s\0]|$)/i

function uploadedProgram(request: ParsedRequest): ManagedMatch | undefined {
  if (!/^multipart\//i.test(request.header('content-type') ?? '')) return undefined
  return matchDetection(
    programName.exec(request.bodyText),
    'an upload of a file that a server would run',
  )
}

const remoteBody = detectorRule({
  name: 'GenericRFI_BODY',
  label: 'GenericRFI_Body',
  components: ['body'],
  detectors: [remoteResource, externalEntity],
  examples: {
    attack: [
      inForm('http://198.51.100.7/c.php'),
      upload('cat.php.jpg'),
      inBody('application/xml', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
    ],
    benign: [
      upload('cat.jpg'),
      upload('My notes; 2024.pdf'),
      inJson(oneUrl),
      inBody('application/xml', '<a><b>http://example.com/</b></a>'),
    ],
  },
})

const inclusions: readonly ManagedRule[] = [
  detectorRule({
    name: 'GenericLFI_QUERYARGUMENTS',
    label: 'GenericLFI_QueryArguments',
    components: ['queryArguments'],
    detectors: [localFiles, hiddenFiles],
    examples: {
      attack: [
        inQuery('../../config.php'),
        inQuery('..\\..\\windows\\win.ini'),
        inQuery('php://filter/convert.base64-encode/resource=a'),
        inQuery('a.php\0.png'),
        inQuery('.env'),
      ],
      benign: [
        inQuery('a..b'),
        inQuery('C:\\Users\\me\\cat.png'),
        inQuery('wait...'),
        inQuery('../about'),
      ],
    },
  }),
  detectorRule({
    name: 'GenericLFI_URIPATH',
    label: 'GenericLFI_URIPath',
    components: ['uriPath'],
    detectors: [climbingUri, localFiles],
    examples: {
      attack: [inTarget('/a/../../b'), inTarget('/%2e%2e/%2e%2e/boot.ini'), inTarget('/a%00.html')],
      benign: [inTarget('/a.b/c..d/e'), inTarget('/')],
    },
  }),
  detectorRule({
    name: 'GenericLFI_BODY',
    label: 'GenericLFI_Body',
    components: ['body'],
    detectors: [localFiles],
    examples: {
      attack: [inJson('file:///etc/passwd'), inForm('../../../../boot.ini')],
      benign: [
        inJson('import a from "../../lib/a.js"\nrun(a)\n'),
        inForm('Look into /etc/hosts when the name of the machine is not found.'),
      ],
    },
  }),
  detectorRule({
    name: 'GenericRFI_QUERYARGUMENTS',
    label: 'GenericRFI_QueryArguments',
    components: ['queryArguments'],
    detectors: [remoteResource, externalEntity],
    examples: {
      attack: [
        inQuery('http://198.51.100.7/x.txt?'),
        inQuery('gopher://127.0.0.1:6379/_INFO'),
        inQuery('http://evil.example/shell.txt?'),
        inQuery('http://017700000001/'),
      ],
      benign: [
        inQuery(oneUrl),
        inQuery('https://example.com/page.php?x=1'),
        inQuery('see http://example.com'),
      ],
    },
  }),
  {
    ...remoteBody,
    inspect: (request, scene) => remoteBody.inspect(request, scene) ?? uploadedProgram(request),
  },
  detectorRule({
    name: 'GenericRFI_URIPATH',
    label: 'GenericRFI_URIPath',
    components: ['uriPath'],
    detectors: [
      { ...remoteResource, detect: (text, name) => remoteResource.detect(text.slice(1), name) },
    ],
    examples: {
      attack: [inTarget('/http://198.51.100.7/x.php'), inTarget('/gopher://127.0.0.1/')],
      benign: [inTarget('/https://example.com/a'), inTarget('/a/b')],
    },
  }),
]

const extensions: readonly ManagedRule[] = [
  requestRule({
    name: 'RestrictedExtensions_URIPATH',
    label: 'RestrictedExtensions_URIPath',
    reason: "a file's name that no server hands out",
    find: (request) => restrictedExtension(request.values('uriPath')[0]?.forms[0] ?? '')?.evidence,
    examples: {
      attack: [inTarget('/app/debug.log'), inTarget('/index.php.bak'), inTarget('/win.ini')],
      benign: [inTarget('/logo.svg'), inTarget('/blog'), inTarget('/catalogue/login')],
    },
  }),
  detectorRule({
    name: 'RestrictedExtensions_QUERYARGUMENTS',
    label: 'RestrictedExtensions_QueryArguments',
    components: ['queryArguments'],
    only: ({ ofName }) => !ofName,
    detectors: [restrictedFile],
    examples: {
      attack: [inQuery('app.log'), inQuery('x/settings.ini')],
      benign: [inQuery('log in'), inQuery('cat.png')],
    },
  }),
]

/** What should stand in front of any application. */
export const common: ManagedRuleGroup = {
  vendorName: 'AWS',
  name: 'AWSManagedRulesCommonRuleSet',
  version: 'Version_1.0',
  description: 'Stops requests that no application should see, whatever it is written in.',
  capacity: 700,
  labelNamespace: 'awswaf:managed:aws:core-rule-set:',
  rules: [...clients, ...sizes, ...metadata, ...inclusions, ...extensions, ...crossSiteScripting],
}
