import type { Detector } from '../detectors/detector.ts'
import { foreignLines } from '../detectors/lines/lines.ts'
import { operatorNames, queryLanguages } from '../detectors/queries/query-languages.ts'
import { characterMarks } from '../inspected-value.ts'
import { detectSqli } from '../sqli/index.ts'
import { detectorRule } from './detector-rule.ts'
import { inCookie, inForm, inHeader, inJson, inQuery, inTarget, jsonBody } from './examples.ts'
import type { ManagedRuleGroup } from './rule.ts'

const needs = [
  characterMarks.quote,
  characterMarks.hash,
  characterMarks.parenthesis,
  characterMarks.semicolon,
  characterMarks.space,
  characterMarks.equals,
  characterMarks.angle,
  characterMarks.pipe,
]
const sql: Detector = { name: 'SQL', needs, detect: (text) => detectSqli(text, 'LOW') }
const moreSql: Detector = { name: 'SQL', needs, detect: (text) => detectSqli(text, 'HIGH') }
/** What else changes a query, or a dialogue with another server. */
const otherQueries = [queryLanguages, operatorNames, foreignLines]
const prose = "O'Brien & Sons: select one of the union's members, or drop by"

/** Requests that would change what an application asks its database. */
export const sqlDatabase: ManagedRuleGroup = {
  vendorName: 'AWS',
  name: 'AWSManagedRulesSQLiRuleSet',
  version: 'Version_1.0',
  description: 'Stops requests that would change what an application asks its database.',
  capacity: 200,
  labelNamespace: 'awswaf:managed:aws:sql-database:',
  rules: [
    detectorRule({
      name: 'SQLi_QUERYARGUMENTS',
      label: 'SQLi_QueryArguments',
      components: ['queryArguments'],
      detectors: [sql],
      examples: {
        attack: [
          inQuery("' or '1'='1"),
          inQuery('1 union select null,version()--'),
          inQuery("a'/**/OR/**/1=1#"),
        ],
        benign: [inQuery(prose), inQuery("O'Reilly"), inQuery('union was a great select')],
      },
    }),
    detectorRule({
      name: 'SQLiExtendedPatterns_QUERYARGUMENTS',
      label: 'SQLiExtendedPatterns_QueryArguments',
      components: ['queryArguments'],
      detectors: [moreSql, ...otherQueries],
      examples: {
        attack: [
          inQuery("1' and sleep(5)-- -"),
          inQuery('*)(uid=*))(|(uid=*'),
          inTarget('/?user[$ne]=1'),
          inQuery("' or count(//user)=1 or 'a'='b"),
          inQuery('a\r\nSet-Cookie: b=c'),
        ],
        benign: [
          inQuery(prose),
          inQuery('a (b) or (c)'),
          inQuery('$5 or more'),
          inQuery('first line\nsecond: line'),
        ],
      },
    }),
    detectorRule({
      name: 'SQLi_BODY',
      label: 'SQLi_Body',
      components: ['body'],
      detectors: [sql],
      examples: {
        attack: [inForm("admin' --"), inJson("1' union select password from users -- ")],
        benign: [inForm(prose), inJson("It's fine; we'd like to update the table on Monday.")],
      },
    }),
    detectorRule({
      name: 'SQLiExtendedPatterns_BODY',
      label: 'SQLiExtendedPatterns_Body',
      components: ['body'],
      detectors: [moreSql, ...otherQueries],
      examples: {
        attack: [
          inForm('1; drop table users'),
          jsonBody({ user: { $gt: '' } }),
          inForm('a@example.com\nBcc: b@example.com'),
          inJson("'; return this.password == 'x"),
        ],
        benign: [
          inForm(prose),
          jsonBody({ price: '$5', note: 'where (x) and (y)' }),
          inForm(
            'Dear all,\nwe met on Monday and spoke at length.\nCc: the whole team was there.\nKind regards',
          ),
        ],
      },
    }),
    detectorRule({
      name: 'SQLi_COOKIE',
      label: 'SQLi_Cookie',
      components: ['cookies'],
      detectors: [sql],
      examples: {
        attack: [inCookie("x' or 1=1 --")],
        benign: [inCookie('a=b'), inCookie("O'Neil")],
      },
    }),
    detectorRule({
      name: 'SQLi_URIPATH',
      label: 'SQLi_URIPath',
      components: ['uriPath'],
      detectors: [sql],
      examples: {
        attack: [
          inTarget("/item/1'%20or%20'1'='1"),
          inTarget('/item/1%20union%20select%201,2,3--'),
        ],
        benign: [inTarget("/authors/o'brien"), inTarget('/select/union/table')],
      },
    }),
    detectorRule({
      name: 'SQLiExtendedPatterns_HEADER',
      label: 'SQLiExtendedPatterns_Header',
      components: ['headers', 'cookies'],
      detectors: [sql, ...otherQueries],
      examples: {
        attack: [
          inHeader('user-agent', "x' and sleep(5) and '1'='1"),
          inHeader('referer', "https://a.example/?id=1' or '1'='1"),
          inHeader('x-forwarded-for', "1' union select 1,2 -- "),
        ],
        benign: [
          inHeader('user-agent', "Mozilla/5.0 (compatible; O'Reilly/1.0)"),
          inHeader('referer', 'https://a.example/select?from=union'),
        ],
      },
    }),
    detectorRule({
      name: 'SQLiExtendedPatterns_URIPATH',
      label: 'SQLiExtendedPatterns_URIPath',
      components: ['uriPath'],
      detectors: [moreSql, ...otherQueries],
      examples: {
        attack: [inTarget("/a/1'%20and%20sleep(5)--%20-"), inTarget('/a/%0d%0aSet-Cookie:%20b=c')],
        benign: [inTarget('/a/(b)/c'), inTarget("/it's-a-test")],
      },
    }),
  ],
}
