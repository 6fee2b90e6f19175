import type { Answer } from '../../../dataplane/answers.ts'

/** What CloudFront says beside an error of its own. */
const words: Readonly<Record<number, string>> = {
  400: 'Bad request.',
  403: 'Request blocked.',
  413: 'Request body too large.',
  502: 'CloudFront wasn’t able to connect to the origin.',
  504: 'CloudFront attempted to establish a connection with the origin, but either the attempt failed or the origin closed the connection.',
}

/** The page that CloudFront shows for an error of its own. */
export function frontAnswer(status: number, said = words[status] ?? 'Bad request.'): Answer {
  const body =
    '<!DOCTYPE HTML>\n<HTML><HEAD><META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=utf-8">\n' +
    '<TITLE>ERROR: The request could not be satisfied</TITLE>\n</HEAD><BODY>\n' +
    `<H1>${status} ERROR</H1>\n<H2>The request could not be satisfied.</H2>\n<HR noshade size="1px">\n${said}\n</BODY></HTML>\n`
  const headers = [
    'Server',
    'CloudFront',
    'Content-Type',
    'text/html',
    'X-Cache',
    'Error from cloudfront',
  ]
  return { status, headers, body }
}
