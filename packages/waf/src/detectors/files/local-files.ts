import { characterMarks } from '../../inspected-value.ts'
import type { Detection } from '../../inspected-value.ts'
import { detection, matchDetection } from '../detector.ts'
import type { Detector } from '../detector.ts'
import { insideProse, isDocument, wordCount } from '../prose.ts'
import { applicationTarget, classicTarget, unixTarget, windowsTarget } from './targets.ts'

/**
 * Would the value, used as the name of a file, leave the folder it was meant for, or name a file that is none of a visitor's
 * business? A path is judged as a whole; in running text only a path that climbs, or the classic files outside prose, count.
 */
export const localFiles: Detector = {
  name: 'a file that is not meant for visitors',
  needs: [
    characterMarks.digit,
    characterMarks.slash,
    characterMarks.dot,
    characterMarks.control,
    characterMarks.percent,
    characterMarks.equals,
  ],
  detect(text) {
    return nullByte(text) ?? wrapper(text) ?? (/[/\\.%]|0x/.test(text) ? path(text) : undefined)
  },
}

/** Bare names without a slash: `.env`, `web.config`; kept apart because every value would have to be read for them. */
export const hiddenFiles: Detector = {
  name: 'a file of the application itself',
  needs: [0],
  detect(text) {
    if (text.length > 60 || !text.includes('.') || /\s/.test(text)) return undefined
    return matchDetection(
      /^(?:\.env(?:\.\w+)?|\.htaccess|\.htpasswd|\.git(?:ignore|config)?|\.ds_store|web\.config|wp-config\.php(?:\.\w+|~)?|php\.ini|boot\.ini|win\.ini|id_rsa|\.bash_history|\.bashrc|\.svn|\.npmrc)$/i.exec(
        text,
      ),
      'a file of the application itself',
    )
  },
}

const nullEnd = new RegExp(String.raw`[\w)/]\0|\0\.\w|^\0+$|^\0\w`)

function nullByte(text: string): Detection | undefined {
  return text.includes('\0') && text.length < 2000 && !isDocument(text)
    ? matchDetection(nullEnd.exec(text), 'a null byte, at which programs in C stop reading')
    : undefined
}

const streamWrapper =
  /(?:^|[\s=,"'(|<>:;[&?@/])(?:php:\/\/?(?:input|filter|stdin|fd|memory|temp|output)|phar:\/\/|expect:\/\/|zip:\/\/|rar:\/\/|ogg:\/\/|ssh2\.\w+:\/\/|glob:\/\/|compress\.(?:zlib|bzip2):|zlib:|netdoc:\/|data:\/\/|data:text\/(?:plain|x-php)[;,]|data:(?:application\/x-httpd-php|;base64)|local_file:|jar:(?:https?|file|ftp):)/i
const fileUrl = /^(?:url:)?(?:file|view-source:file):\/{1,}(?:[\w.:-]*\/)?\S|^\s*file:[\\/]{2,}/i

function wrapper(text: string): Detection | undefined {
  if (!text.includes(':')) return undefined
  const found = streamWrapper.exec(text)
  if (
    found !== null &&
    !(isDocument(text) || insideProse(text, found.index, found.index + found[0].length))
  ) {
    return matchDetection(found, 'a stream wrapper where a file is named')
  }
  return matchDetection(fileUrl.exec(text), 'a URL of a local file')
}

/** Two dots and something that a file system, a proxy or a lenient decoder takes for a separator. */
const climb =
  /(?:(?<!\.)(?:\.{2}|\.{4,})|\.{3}(?=\/+\.{3}\/)|(?:%2e|0x2e|%c0%[ae26]e|%u002e|%uff0e|\uff0e|\u2025|\.(?=%2e|0x2e|\uff0e)){2,6})(?:[/;\0\u2215\u2216\u2044\uff0f\uff3c\uefc8\uf025\u00b0\u01af]|%(?:25)*(?:2f|5c|c0|c1|u|bg|00|uf|ef|e0|f0|f8|fc|af|9c|2e|%)|0x(?:2f|5c)|[\u0080-\u00ff\ufffd])/g

const worthReading =
  /\.\.|%|0x|[\uff0e\u2025]|^[^\w]{0,3}(?:[a-z]:)?[\\/]|^\w*=?[\\/.]|etc[\\/]|proc[\\/]|win(?:dows|nt)|boot\.ini|win\.ini|-inf|(?:^|[\\/])\.[a-z]|\.(?:conf|ini|log|xml|config|yml|yaml|env|php|err|mf)\b|passw|shadow|_rsa|known_hosts|authorized|manifest/i

function path(text: string): Detection | undefined {
  if (!worthReading.test(text)) return undefined
  const lower = text
    .toLowerCase()
    .split('\\')
    .join('/')
    .replace(/\/(?:\.\/)+/g, '/')
  const ups = climbs(lower)
  const plain = isPath(lower)
  if (ups.count > 0 && ups.odd && plain)
    return detection(text, ups.at, text.length, 'a disguised way to a parent folder')
  if (ups.count >= 2 && (plain || /(?:\.\.\/+){4}/.test(lower)))
    return detection(text, ups.at, text.length, 'a path that climbs out of its folder')
  const classic = classicTarget.exec(lower)
  if (classic !== null && (plain || ups.count > 0 || namedForUse(lower, classic)))
    return { evidence: classic[0], reason: 'a file of the system' }
  if (!plain) return undefined
  const inner = trimmed(lower)
  const target =
    unixPath(inner) ??
    windowsPath(inner) ??
    applicationTarget.exec(inner) ??
    hiddenSegment.exec(lower) ??
    serverFile.exec(inner)
  if (target === null || target === undefined) return undefined
  return { evidence: text.slice(0, 100), reason: 'a file that is not meant for visitors' }
}

/** A configuration or a log named from the root. */
const serverFile = /^(?:[a-z]:)?\/[^?#]*\.(?:conf|cnf|ini|log|err|inf)$/

/** A path from the root, or from here, with a hidden file or folder on its way. */
const hiddenSegment = /^(?:\.?\/)(?:[^?#]*\/)?\.(?!well-known)[a-z][\w-]{1,30}(?:[./][^?#]*)?$/

/** Whether a file is named within other text as an argument of something, and not in a sentence. */
function namedForUse(lower: string, found: RegExpExecArray): boolean {
  const before = lower.slice(0, found.index)
  return (
    (before === '' || /[=,:;|"'`(<>&{]$/.test(before)) &&
    lower.length < 400 &&
    wordCount(lower, 3) < 3
  )
}

function unixPath(inner: string): RegExpExecArray | null | undefined {
  return inner.startsWith('/')
    ? unixTarget.exec(inner)
    : /^(?:\.{1,2}\/)+/.test(inner)
      ? unixTarget.exec(inner.replace(/^(?:\.{1,2}\/)+/, '/'))
      : undefined
}

function windowsPath(inner: string): RegExpExecArray | null | undefined {
  return /^(?:[a-z]:|\/|\.{1,2}\/|(?:boot|win)\.ini)/.test(inner)
    ? windowsTarget.exec(inner)
    : undefined
}

const oddClimb = new RegExp(String.raw`^\.{2,}[;\0]|^\.{4,}\/|%|0x|[^\u0000-\u007f]`)

/** Where and how often a path climbs; `odd` when the way is written as no ordinary path is. */
function climbs(lower: string): {
  readonly count: number
  readonly at: number
  readonly odd: boolean
} {
  let count = 0
  let at = -1
  let odd = false
  if (!lower.includes('..') && !/(?:%|0x|\uff0e|\u2025)/.test(lower)) return { count, at, odd }
  climb.lastIndex = 0
  for (let found = climb.exec(lower); found !== null; found = climb.exec(lower)) {
    const before = lower.charAt(found.index - 1)
    if (/[\w)\]]/.test(before) && found[0] === '../') continue
    if (at < 0) at = found.index
    count += 1
    odd ||= oddClimb.test(found[0]) && /[\w/.%]/.test(lower.charAt(found.index + found[0].length))
  }
  if (/^\.\.\/?$|\/\.\.$/.test(lower) && count === 0) count = 1
  return { count, at: Math.max(0, at), odd: odd && !/\.{3}%|\d%|\.\.%$/.test(lower) }
}

/** Whether a value is a path and nothing else: it may have a prefix or a suffix, but no blanks within but those of file names. */
function isPath(lower: string): boolean {
  if (lower.length > 2000 || /[<>{}\n]/.test(lower)) return false
  const blank = /[ \t"'`]/.exec(lower)
  return (
    blank === null ||
    folderWithBlanks.test(lower) ||
    (blank.index > lower.lastIndexOf('/') && blank.index >= lower.length - 3)
  )
}

const folderWithBlanks = /^(?:[a-z]:)?\/+(?:program files|documents and settings)/

function trimmed(lower: string): string {
  if (folderWithBlanks.test(lower)) return lower.replace(/(?:%00|\0|\?).*$/s, '')
  return lower
    .replace(/^[\s"'|;=]+/, '')
    .replace(/^(?:\w+=)/, '')
    .replace(/[\s"'#?\0].*$|(?:%00|%0a|%23|\?).*$/s, '')
    .replace(/\/{2,}/g, '/')
}
