import { characterMarks } from '../../inspected-value.ts'
import type { Detection, InspectedValue } from '../../inspected-value.ts'
import { matchDetection } from '../detector.ts'
import type { Detector } from '../detector.ts'
import { insideProse, isDocument } from '../prose.ts'

const ldap =
  /\)\s*\(\s*(?:[|&!]\s*\(|[\w.;:-]+\s*(?:[~<>:]?=))|^\s*\(\s*[|&!]\s*\(\s*[\w-]+\s*[~<>]?=|\(\s*[|&!]\s*\(\s*(?:objectclass|uid|cn|mail|sn|userPassword|sAMAccountName|ou|memberOf)\s*=|\*\s*\)\s*\(\s*[|&(]|\*\)\)?%00|\b(?:objectClass|userPassword|sAMAccountName)\s*(?::[\d.]+:?)?=|^\*\s*\(\s*\|\s*\(|^[*()|&]{3,}$|^\*\)\s*(?:\(|\))|\)\(\|?\(?\w+=\*|^\w*\)\(&\)|\*\)\(\w+=\*\)|^(?:admin|\w{2,12})\*\)?\(?\(?[|&]?|^[!(]*\((?:[|&!])?\(?\w+=\*\)/i
const ldapSure = /[)*]\s*\(|\(\s*[|&!]\s*\(|:[\d.]+:=|\*\)|objectClass|^[*()|&]{3,}$|=\*\)/i
const xpath =
  /(?:['"]\s*(?:or|and)\s+(?:not|true|count|string|position|name|starts-with|contains|string-length|substring)\s*\(|\]\s*\|\s*(?:\/\/|\*)|\|\s*\/\/?\*|\/\/?\*\[|(?:^|[\s'"(|])\/\/[\w*]+\[)|\b(?:count|name|local-name|string-length|substring|text|position|string|normalize-space|concat)\s*\(\s*(?:\/|\/\/|\.|\*|\w+::|parent)|\b(?:ancestor|child|descendant|following|parent|preceding|self|attribute)(?:-or-self|-sibling)?::(?:\*|\w)|(?:^|['"\])])\s*\/\*\s*\||x'\s+or\s+name\(\)|doc\s*\(\s*concat|\bdoc\s*\(\s*["']|\]\/parent::|^['"]\s*\]|\bor\s+\w+\(\)\s*=/i
const nosqlText =
  /\$(?:where|ne|gt|gte|lt|lte|nin|regex|exists|or|and|not|nor|in|elemMatch|expr|function|accumulator|lookup|type|mod|all|size|eq|comment|jsonSchema|text|func|inc|set|push|unset)\b["']?\s*(?::|\])|(?:^|['"](?:\s*(?:&&|\|\|))?|&&|\|\||return)\s*this\.\w+(?:\.match\s*\(|\s*(?:={2,3}|!={1,2})\s*(?:['"\d]|this\.))|\b(?:db|this)\.\w+\.(?:find(?:One)?|insert(?:One|Many)?|remove|drop|update|aggregate|mapReduce|count|save|getCollectionNames)\s*\(|\bdb\.(?:getCollectionNames|version|stats|adminCommand|eval|dropDatabase|injection|\w+\.drop)\b|\b(?:tojson|ObjectId|mapReduce|NumberLong|getLastError)\s*\(|;\s*return\s+(?:true|1|this|\(|'|"|\w+\s*[=;])|\}(?:\s*;)?\s*(?:var|return|function|while|sleep)\b|['"]\s*\|\|\s*['"]?\d+['"]?\s*={1,3}\s*['"]?\d|['"]\s*(?:\|\||&&)\s*(?:this\.|['"]?\w{1,20}['"]?\s*={2,3}\s*['"]?\w)|\bsleep\s*\(\s*\d+\s*\)\s*(?:;|\|\|)|\bfunction\s*\(\s*\)\s*\{.{0,200}return|\bnew\s+Date\s*\(\s*\)(?:\s*;)?.{0,200}(?:do|while)|\{\s*\$\w+\s*:|^\s*(?:true|1|')\s*,\s*\$/
const nosqlName =
  /(?:^|[[./\s])\$(?:where|ne|gt|gte|lt|lte|nin|in|regex|options|exists|or|and|nor|not|elemMatch|expr|func|function|accumulator|eq|type|mod|all|size|slice|comment|text|jsonSchema|lookup|inc|set|unset|push)\]?(?:$|[[\]./])/
/** Directives of `printf` and `scanf` that write, or read on and on. */
const directives = /(?:%(?:\d+\$)?[\d.]{0,6}l?[xnsdpu][.,|-]?){4,}|%n%n|%\d+\$n/i
const redis =
  /(?:^|[\r\n])[ \t]{0,8}(?:CONFIG\s+(?:SET|GET)|SLAVEOF|FLUSHALL|EVAL\s|MODULE\s+LOAD|SAVE|DEBUG|SCRIPT\s+FLUSH)\b|\*\d+\r?\n\$\d+\r?\n/i

/** Would the value change what a query to a directory, an XML document or a document store asks? */
export const queryLanguages: Detector = {
  name: 'a change of a query in LDAP, XPath or a document store',
  reach: 4000,
  needs: [
    characterMarks.percent,
    characterMarks.equals,
    characterMarks.parenthesis,
    characterMarks.dollar,
    characterMarks.slash,
    characterMarks.quote,
    characterMarks.brace,
  ],
  detect(text) {
    return directory(text) ?? document(text) ?? store(text) ?? format(text)
  },
}

function directory(text: string): Detection | undefined {
  if (!/[(*]/.test(text) || /[{;]/.test(text)) return undefined
  const found = ldap.exec(text)
  if (
    found === null ||
    !ldapSure.test(found[0]) ||
    isDocument(text) ||
    insideProse(text, found.index, found.index + found[0].length)
  )
    return undefined
  return matchDetection(found, 'a filter of LDAP')
}

function document(text: string): Detection | undefined {
  const found = /[/:|\]('"]/.test(text) ? xpath.exec(text) : null
  if (
    found === null ||
    isDocument(text) ||
    insideProse(text, found.index, found.index + found[0].length)
  )
    return undefined
  return matchDetection(found, 'an expression of XPath')
}

function store(text: string): Detection | undefined {
  const found = nosqlText.exec(text) ?? redis.exec(text)
  if (
    found === null ||
    isDocument(text) ||
    insideProse(text, found.index, found.index + found[0].length)
  )
    return undefined
  return matchDetection(found, 'a query to a document store')
}

function format(text: string): Detection | undefined {
  return text.includes('%') ? matchDetection(directives.exec(text), 'a format string') : undefined
}

/** Names of arguments or members that document stores take for operators: `user[$ne]`, `{"user": {"$gt": ""}}`. */
export const operatorNames: Detector = {
  name: 'an operator of a document store as a name',
  needs: [characterMarks.dollar],
  detect: (text) =>
    text.length < 300
      ? matchDetection(nosqlName.exec(text), 'an operator of a document store as a name')
      : undefined,
}

/** Only names are looked at. */
export function isName(value: InspectedValue): boolean {
  return value.ofName
}
