import { characterMarks } from '../../inspected-value.ts'
import { matchDetection } from '../detector.ts'
import type { Detector } from '../detector.ts'
import { isDocument } from '../prose.ts'

const header =
  /[\r\n\u560a\u560d\u0085\u2028][^\S\r\n\u2028]*(?:set-cookie2?|content-(?:type|length|disposition|encoding|location|security-policy)|location|refresh|transfer-encoding|x-[a-z-]{2,40}|access-control-[a-z-]+|[\w-]{0,40}(?:header|inject)\w{0,40}|crlf[\w-]*)\s*[:=]|[\r\n][^\S\r\n]*HTTP\/\d(?:\.\d)?\s+\d{3}/i
const mail =
  /[\r\n][^\S\r\n]*(?:b?cc|to|from(?=:\s*\S{1,80}@)|subject|reply-to|sender|mime-version|return-path|message-id|x-mailer)\s*:\s*\S|[\r\n][^\S\r\n]*(?:RCPT\s+TO|MAIL\s+FROM|EHLO\s|HELO\s|DATA\s*$|QUIT\s*$|VRFY\s|EXPN\s|RSET\s*$|STARTTLS|AUTH\s+(?:LOGIN|PLAIN))|[\r\n][^\S\r\n]*\w{1,8}\s+(?:CAPABILITY|FETCH\s|LOGIN\s|LOGOUT|NOOP|SELECT\s+["\w]|SEARCH\s|LIST\s|CREATE\s|DELETE\s+["\w]+\s*$|RENAME\s|STATUS\s|EXAMINE\s|LSUB\s)|[\r\n][^\S\r\n]*(?:STAT|LIST|RETR|DELE|TOP|UIDL|APOP|USER|PASS)\s+\d|%0a(?:b?cc|to|from(?=:\s*\S{1,80}@)|subject)\s*:/i
const begin = /^\s{0,3}(?:HTTP\/\d\.\d\s+\d{3}\s|Set-Cookie:\s*\w+=)/

const requestLine =
  /(?:^|[\r\n]|\w)(?:GET|POST|HEAD|PUT|DELETE|OPTIONS|TRACE|CONNECT|PATCH)\s{1,4}(?:\/|https?:\/\/)[^\s]{0,1000}\s{1,4}HTTP\/\d/

/** Would the value, written into a header or a dialogue of lines, begin a line of its own: HTTP's headers, mail, SMTP, IMAP? */
export const foreignLines: Detector = {
  name: 'a line of a protocol',
  reach: 4000,
  needs: [
    characterMarks.control,
    characterMarks.slash | characterMarks.digit,
    characterMarks.wide | characterMarks.equals,
  ],
  detect(text) {
    if (text.includes('HTTP/') && !isDocument(text)) {
      const found = matchDetection(requestLine.exec(text), 'the first line of another request')
      if (found !== undefined) return found
    }
    if (!/[\r\n\u560a\u560d\u2028]|%0[ad]/i.test(text)) return undefined
    return (
      headerLine(text) ??
      matchDetection(
        written(text) ? null : mail.exec(text),
        'a line of a mail, or of a dialogue with a mail server',
      )
    )
  },
}

function headerLine(text: string): ReturnType<typeof matchDetection> {
  return matchDetection(
    written(text) ? null : (header.exec(text) ?? begin.exec(text)),
    'a header of an HTTP answer',
  )
}

/** A letter or a list has several lines with words; what is injected follows one value at once. */
function written(text: string): boolean {
  if (isDocument(text) || /^[A-Za-z][\w-]{1,30}:[ \t]+\S[^\r\n]*[\r\n]/.test(text)) return true
  const lines = text.split(/\r?\n/, 12)
  const prose = lines.filter((line) =>
    /(?<!\p{L})\p{L}{2,}\s+\p{L}{2,}\s+\p{L}{2,}/u.test(line),
  ).length
  return lines.length > 8 || prose >= 2
}
