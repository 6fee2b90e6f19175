import { characterMarks } from '../../inspected-value.ts'
import type { Detection } from '../../inspected-value.ts'
import { detection, matchDetection } from '../detector.ts'
import type { Detector } from '../detector.ts'
import { insideProse, isDocument } from '../prose.ts'
import { hostMeaning } from './host.ts'

const needs = [characterMarks.slash | characterMarks.equals]

const wholeUrl =
  /^[\s"'(=@<]*(?:url[:=]\s*)?(?:\w+=)?([a-z][a-z\d+.-]{1,20}):(?=\S*$)(?:[/\\]{1,}|(?=\d))(?:[^@/\s?#]{0,200}@)*(\[[^\]\s]{2,60}\]|[^/\\:?#\s"'@)]{1,253})([^\s]*)$/i
const metadataPath =
  /(?:169\.254\.169\.254|169\.254\.170\.2|100\.100\.100\.200|\[?fd00:ec2::254|metadata\.google\.internal|metadata\.tencentyun\.com)|\/latest\/(?:meta-data|user-data|dynamic\/instance-identity)|\/computemetadata\/v1|\/metadata\/(?:instance\?|identity\/oauth2)|\/opc\/v[12]\/instance|\/openstack\/latest/i

/** The metadata services of clouds: they answer with the machine's credentials whoever makes the machine ask. */
export const metadataService: Detector = {
  name: 'a metadata service of a cloud',
  needs: [characterMarks.slash, characterMarks.equals],
  detect(text) {
    if (!metadataHint.test(text)) return undefined
    const found = metadataPath.exec(text)
    if (
      found !== null &&
      !isDocument(text) &&
      !insideProse(text, found.index, found.index + found[0].length)
    ) {
      return matchDetection(found, 'the address of a metadata service')
    }
    const url = urlOf(text)
    if (url === null || hostMeaning(url[2] ?? '').kind !== 'metadata') return undefined
    return detection(text, 0, text.length, 'the address of a metadata service, disguised')
  },
}

/** What every way of writing such an address has: a part of its name, or a digit and nothing but a host. */
const metadataHint =
  /169|254|100\.1|fd00|fe80|meta|user-data|instance|opc\/v|openstack|kubernetes|rancher|\[|[a-z]:\/{0,3}[^/]{0,60}(?:0x|\d{8}|0\d)|[\u0080-\uffff]/i
let lastText = ''
let lastUrl: RegExpExecArray | null = null

/** A value that is a URL and nothing else; two detectors ask about the same text, one after another. */
function urlOf(text: string): RegExpExecArray | null {
  if (text !== lastText) {
    lastText = text
    lastUrl = text.includes(':') && text.length < 3000 ? wholeUrl.exec(text) : null
  }
  return lastUrl
}

const schemes =
  /^(?:gopher|dict|ldaps?|tftp|sftp|netdoc|jar|rmi|nntp|telnet|smb|imaps?|pop3s?|smtps?)$/i
const includable =
  /\.(?:php\d?|phtml|txt|sh|pl|py|asp|aspx|jsp|cgi|inc|dat|gif|jpe?g|png|htm|html|xml|dtd|svg|js|exe|ps1|bat|hta)(?:[?#]|%00)*$/i
const remoteInclude =
  /\.(?:php\d?|phtml|txt|inc|dat|gif|jpe?g|png|pl|sh|asp|cgi|htm|html)(?:\?{1,3}|%00|\0|\?+&?\w*=?)$/i
const outOfBand =
  /\b(?:burpcollaborator\.net|oastify\.com|interact\.sh|interactsh\.com|oast\.(?:me|pro|fun|live|site|online|us)|dnslog\.(?:cn|link|pw)|ceye\.io|bxss\.(?:me|in)|xss\.ht|requestbin\.\w+|canarytokens\.\w+|pingb\.in|r87\.(?:me|com)|dnsbin\.zhack\.ca|evil\.com\/shell|beeceptor\.com|webhook\.site|pipedream\.net|ngrok\.io\/(?:shell|payload))\b/i

/** Would the value make the application fetch something from where it should not: itself, its network, an attacker's machine? */
export const remoteResource: Detector = {
  name: 'a URL that an application must not fetch',
  needs,
  detect(text) {
    const parasite = text.includes('.') ? outOfBand.exec(text) : null
    if (
      parasite !== null &&
      !insideProse(text, parasite.index, parasite.index + parasite[0].length)
    ) {
      return matchDetection(parasite, 'a host that reports who asked it')
    }
    const url = urlOf(text)
    return url === null ? undefined : judged(text, url)
  },
}

function judged(text: string, url: RegExpExecArray): Detection | undefined {
  const [, scheme = '', host = '', rest = ''] = url
  if (schemes.test(scheme)) return detection(text, 0, text.length, `a URL of scheme ${scheme}`)
  if (!/^(?:https?|ftps?|wss?|\w*\+?ssh|url|http2?)$/i.test(scheme)) return undefined
  const { kind, odd } = hostMeaning(host)
  if (odd) return detection(text, 0, text.length, 'an address written so as not to be recognised')
  if (kind === 'loopback' || kind === 'metadata')
    return detection(text, 0, text.length, 'a URL of the machine itself')
  if (kind === 'public' || kind === 'private') {
    return detection(
      text,
      0,
      text.length,
      includable.test(rest) ? 'a program at a bare address' : 'a URL with an address for a host',
    )
  }
  if (remoteInclude.test(rest) || /^[^?]*\?{1,2}$/.test(rest) || /%00|\0$/.test(rest)) {
    return detection(text, 0, text.length, 'a remote file to be included')
  }
  return /@(?:127\.|localhost|169\.254)/.test(text)
    ? detection(text, 0, text.length, 'a URL of the machine itself')
    : undefined
}
