import { characterMarks } from '../../inspected-value.ts'
import type { Detection } from '../../inspected-value.ts'
import { detection, matchDetection } from '../detector.ts'
import type { Detector } from '../detector.ts'
import { insideProse, isDocument, wordCount } from '../prose.ts'

/** What must follow a command's name for the word to be a command: nothing, or an argument as such a command takes. */
const alone = new Set(
  'whoami ipconfig systeminfo tasklist netstat hostname ver dir set getmac qwinsta quser driverquery nbtstat arp'.split(
    ' ',
  ),
)
const shaped: ReadonlyMap<string, RegExp> = new Map([
  ['dir', /^(?:[a-z]:|\/[a-z]|\\|\.{1,2}[\\/]?|\*)/i],
  ['type', /^(?:[a-z]:\\|%\w+%|\.{1,2}\\|\S+\.(?:ini|txt|config|log|php|aspx?|xml|bat))/i],
  ['net', /^(?:user|view|localgroup|group|use|start|stop|share|accounts|session|time|config)\b/i],
  ['netsh', /^(?:\w+)/i],
  ['ping', /^(?:-[nwlt]\b|%\w|(?:\d{1,3}\.){3}\d|[\w-]+\.[\w.-]+|localhost)/i],
  ['nslookup', /^(?:[\w-]+\.|-\w|%)/],
  ['tracert', /^[\w-]+\./],
  ['timeout', /^(?:\/t\s*)?-?\d+/i],
  ['set', /^\/a\b|^\w+=/i],
  ['echo', /^(?:[%"'<^]|\S+\s*(?:>|$|&|\|)|.{1,40}>)/],
  ['copy', /^[\\%/]|^[a-z]:|^\S+\.\w{2,4}\s/i],
  ['xcopy', /^\S/],
  ['del', /^(?:\/[a-z]|[a-z]:|\*|%|\S+\.\w{2,4})/i],
  ['erase', /^\/|^[a-z]:/i],
  ['rd', /^\/s|^[a-z]:/i],
  ['rmdir', /^\/s|^[a-z]:/i],
  ['md', /^[a-z]:/i],
  ['start', /^(?:\/\w|"|\w+\.exe|cmd|powershell|https?:|\\\\)/i],
  ['reg', /^(?:add|query|delete|save|import|export|copy)\b/i],
  ['sc', /^(?:query|create|start|stop|delete|config|\\\\)/i],
  ['schtasks', /^\/\w/],
  ['at', /^\\\\/],
  ['wmic', /^\S/],
  ['attrib', /^[+-]/],
  ['icacls', /^\S/],
  ['cacls', /^\S/],
  ['taskkill', /^\/\w/],
  ['find', /^\/\w|^"/],
  ['findstr', /^\S/],
  ['for', /^(?:\/[fldr]\b|%)/i],
  ['more', /^[<\\]|^[a-z]:/i],
  ['certutil', /^-/],
  ['bitsadmin', /^\/\w/],
  ['mshta', /^(?:https?:|javascript:|vbscript:|\\\\|\w)/i],
  ['rundll32', /^\S/],
  ['regsvr32', /^\S/],
  ['cscript', /^\S/],
  ['wscript', /^\S/],
  ['msiexec', /^\/\w/],
  ['ftp', /^-/],
  ['tftp', /^-/],
  ['telnet', /^[\d\w]+\./],
  ['shutdown', /^[-/]\w/],
  ['vssadmin', /^\S/],
  ['bcdedit', /^\//],
  ['cmd', /^(?:\/[ckqv]|$|[&|<])/i],
  ['powershell', /^(?:-|\(|\{|[a-z]+-[a-z]+|iex|"|\/|[a-z]:\\|$)/i],
  ['regedit', /^(?:\/|hk|\S+\.reg)/i],
  ['winget', /^\S/],
  ['time', /^(?:winget|cmd|powershell|net)\b/i],
  ['calc', /^$/],
  ['pwsh', /^-/],
  ['route', /^print/i],
  ['query', /^(?:user|session)/i],
  ['gpresult', /^\//],
  ['dsquery', /^\S/],
  ['nltest', /^\//],
  ['cd', /^(?:[a-z]:|\\|\.\.\\|%)/i],
  ['curl', /^(?:-|https?:)/],
  ['ipconfig', /^\//],
  ['netstat', /^-/],
  ['tasklist', /^\//],
  ['whoami', /^\//],
  ['systeminfo', /^(?:\/|\||>)/],
  ['ver', /^>/],
])

const separators = /(?:^|&&?|\|\|?|[\r\n;`]|\$\(|\(\s*)(?=[\s"'()@^]{0,6}[a-z^"%])/gi
const decisive =
  /\bcmd\|\s*(?:['"]\s*)?\/[ck]\b|\bcmd(?:\.exe)?(?:["'\s,;+^])*\/[ckqvr]\b|\/(?:winnt|windows)\/system32\/|\\system32\\(?:cmd|config|drivers|windowspowershell|calc|\w+\.exe)|%(?:comspec|systemroot|windir|programfiles|commonprogramfiles|appdata|userprofile|temp|path)(?::~?-?\d+,-?\d+)?%|\b(?:certutil(?:\.exe)?\s.{0,30}-(?:urlcache|decode|encode)|bitsadmin\s+\/transfer|regsvr32\s+(?=\S).{0,10}\/[snui]|rundll32(?:\.exe)?\s+\w+(?:\.\w+)?,|mshta(?:\.exe)?\s+(?:https?:|vbscript:|javascript:)|wmic\s+(?:process|os|\/node|useraccount|service|product)|schtasks\s+\/|vssadmin\s+delete|reg(?:\.exe)?\s+add\s+["']?hk|net(?:\.exe)?\s+(?:user|localgroup)\s+\S+\s+\S+\s+\/add|net\s+localgroup\s+administrators|netsh\s+(?:firewall|advfirewall|wlan)|taskkill\s+\/)/i

/** Would the value, put into a line for `cmd.exe` bare or within quotes, run a command? */
export const windowsShell: Detector = {
  name: 'a command line of Windows',
  reach: 4000,
  needs: [
    characterMarks.space,
    characterMarks.pipe,
    characterMarks.semicolon,
    characterMarks.percent,
    characterMarks.slash,
    characterMarks.control,
    characterMarks.parenthesis,
  ],
  detect(text) {
    const plain =
      text.includes('^') || text.includes('""') ? text.replace(/\^(?=[^\s])|""/g, '') : text
    if (
      text !== plain &&
      /[a-z]\^[a-z]/i.test(text) &&
      /\b(?:cmd|powershell|whoami|ping|net|dir|type|certutil|calc|ipconfig|time|winget|start)\b/i.test(
        plain,
      )
    ) {
      return detection(text, 0, text.length, 'a command of Windows, disguised')
    }
    const found = decisive.exec(plain)
    if (
      found !== null &&
      !isDocument(plain) &&
      !insideProse(plain, found.index, found.index + found[0].length)
    ) {
      return matchDetection(found, 'a command line of Windows')
    }
    return separated(plain)
  },
}

/** The word that begins a command, unless a drive's letter or a folder stands before it. */
const quickWord = /[\s"'()@^]{0,6}"?([a-z]\w{1,14})(?![:\\\w])/iy

function separated(text: string): Detection | undefined {
  separators.lastIndex = 0
  for (let found = separators.exec(text); found !== null; found = separators.exec(text)) {
    if (found[0] === '') separators.lastIndex += 1
    const from = found.index + found[0].length
    quickWord.lastIndex = from
    const quick = quickWord.exec(text)?.[1]?.toLowerCase()
    if (quick !== undefined && !alone.has(quick) && !shaped.has(quick)) continue
    const command =
      /^[\s"'()@^]{0,6}(?:[a-z]:\\(?:[\w ]+\\)*|\.\\)?"?([a-z]\w{1,14})(?:\.exe|\.com|\.bat)?"?(?![\w.=:-])[\s"']*(.{0,60})/is.exec(
        text.slice(from, from + 160),
      )
    if (command === null) continue
    const name = (command[1] ?? '').toLowerCase()
    const rest = command[2] ?? ''
    const before = text.slice(0, found.index)
    if (isDocument(text) || wordCount(before, 3) >= 3) continue
    const runs =
      shaped.get(name)?.test(rest) === true &&
      (found[0] !== '' ? /^\s*\S/.test(rest) || name === 'cmd' : decisiveStart(name, rest))
    const bare =
      found[0] !== '' &&
      found[0] !== '(' &&
      alone.has(name) &&
      /^\s*(?:[&|)"';#<>\r\n]|$)/.test(rest) &&
      (command[0]?.length ?? 0) < 80
    if ((runs && wordCount(rest, 4) < 4) || (bare && name !== 'set'))
      return detection(text, found.index, found.index + 60, `the command "${name}" of Windows`)
  }
  return undefined
}

/** At the beginning of a value a command must be given what nobody but an attacker would give. */
function decisiveStart(name: string, rest: string): boolean {
  return (
    /^(?:dir|type|net|netsh|reg|wmic|certutil|bitsadmin|regsvr32|rundll32|schtasks|sc|taskkill|cmd|powershell|mshta|vssadmin|time|start-process)$/.test(
      name,
    ) &&
    /^(?:[a-z]:\\|\/\w|-\w|%\w|user\s+\S+\s+\S|localgroup|view|firewall|add\s|query\s|process|os\s|start\s|winget\b)/i.test(
      rest,
    )
  )
}

const powerShellCode =
  /\b(?:powershell|pwsh)(?:\.exe)?["']?\s+(?=\S).{0,80}?(?:-|\/|\u2013)(?:e(?:nc?|ncodedcommand)?|nop(?:rofile)?|noni(?:nteractive)?|w(?:indowstyle)?|c(?:ommand)?|exec(?:utionpolicy)?|ep|ec|sta|f(?:ile)?)\b|\b(?:iex|invoke-expression)\b\s*[("'$[{]|\|\s*iex\b|\bnew-object\s+(?:system\.)?(?:net\.|io\.|management\.|-com)|\b(?:invoke-(?:webrequest|restmethod|expression|command|wmimethod|item|mimikatz|shellcode|history)|start-(?:process|bitstransfer|job|sleep)|get-(?:childitem|process|content|wmiobject|ciminstance|command|service|localuser|aduser|eventlog|host|itemproperty)|set-(?:executionpolicy|itemproperty|content|mppreference)|add-(?:type|mppreference|content)|out-file|import-module|convertto-securestring|stop-process|remove-item|write-(?:host|output))\b(?:\s+(?:[-$"'([/\\]|[a-z]:\\|https?:)|\s*[|;)]|\s*$)|\[(?:system\.)?(?:convert|text\.encoding|reflection\.assembly|io\.\w+|net\.\w+|runtime\.\w+|diagnostics\.\w+|environment|char|scriptblock)\]::?|\.download(?:string|file|data)\s*\(|\[char\]\s*\d|\$env:(?:computername|username|temp|appdata|path|userprofile)|\$psversiontable|-join\s*\(|\bfrombase64string\s*\(/i

const verb =
  'add|approve|assert|backup|block|checkpoint|clear|close|compare|complete|compress|confirm|connect|convert|convertfrom|convertto|copy|debug|deny|disable|disconnect|dismount|enable|enter|exit|expand|export|find|foreach|format|get|group|import|initialize|install|invoke|join|limit|lock|measure|merge|mount|move|new|out|pop|protect|publish|push|read|receive|redo|register|remove|rename|repair|request|reset|resize|resolve|restart|restore|resume|revoke|save|search|select|send|set|show|skip|split|start|stop|submit|suspend|switch|sync|tee|test|trace|unblock|undo|uninstall|unlock|unprotect|unregister|update|use|wait|watch|where|write'
/** A cmdlet of a name that no table has, with a parameter, or with what such commands are told of Windows. */
const cmdlet = new RegExp(
  String.raw`(?:^|[;|&(\`=\s])(?:${verb})-(?!to-|up-|in-)[a-z]{3,40}\s+(?:-[a-z]+\b|\$\w|[a-z]:\\|\w+\.exe\b|(?:env|hklm|hkcu|cert|wsman|function|variable):)`,
  'i',
)

/** Would PowerShell, given the value, run it: encoded commands, downloads, cmdlets with what they are given? */
export const powerShell: Detector = {
  name: 'a command of PowerShell',
  needs: [
    characterMarks.hash,
    characterMarks.equals,
    characterMarks.dollar,
    characterMarks.parenthesis,
    characterMarks.pipe,
    characterMarks.space,
    characterMarks.semicolon,
  ],
  detect(text) {
    if (!/[-[$.(|]/.test(text)) return undefined
    const plain = text.replace(/[`^](?=\w)/g, '')
    const found =
      powerShellCode.exec(plain) ??
      (plain.length < 1000 && plain.includes('-') ? cmdlet.exec(plain) : null)
    if (
      found === null ||
      isDocument(plain) ||
      insideProse(plain, found.index, found.index + found[0].length)
    )
      return undefined
    return matchDetection(found, 'a command of PowerShell')
  },
}
