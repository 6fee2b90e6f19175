import { phpCode, phpNames } from '../detectors/php/php-code.ts'
import { detectorRule } from './detector-rule.ts'
import { inCookie, inForm, inHeader, inJson, inQuery, inTarget } from './examples.ts'
import type { ManagedRuleGroup } from './rule.ts'

/** Requests that would run code in an application written in PHP. */
export const php: ManagedRuleGroup = {
  vendorName: 'AWS',
  name: 'AWSManagedRulesPHPRuleSet',
  version: 'Version_1.0',
  description: 'Stops requests that would run code in an application written in PHP.',
  capacity: 100,
  labelNamespace: 'awswaf:managed:aws:php-app:',
  rules: [
    detectorRule({
      name: 'PHPHighRiskMethodsVariables_HEADER',
      label: 'PHPHighRiskMethodsVariables_Header',
      components: ['headers', 'cookies'],
      detectors: [phpCode],
      examples: {
        attack: [
          inHeader('user-agent', '<?php system($_GET["c"]); ?>'),
          inCookie('O:4:"User":1:{s:2:"id";i:1;}'),
        ],
        benign: [inHeader('user-agent', 'PHP/8.2 (client; curl)'), inCookie('a:b')],
      },
    }),
    detectorRule({
      name: 'PHPHighRiskMethodsVariables_QUERYSTRING',
      label: 'PHPHighRiskMethodsVariables_QueryString',
      components: ['queryArguments'],
      detectors: [phpCode, phpNames],
      examples: {
        attack: [
          inQuery("system('id')"),
          inQuery('${@phpinfo()}'),
          inTarget('/index.php?-d+allow_url_include%3d1'),
          inQuery('1;phpinfo()'),
        ],
        benign: [
          inQuery('system() of C'),
          inQuery('the operating system (Linux)'),
          inQuery('$5 (or less)'),
        ],
      },
    }),
    detectorRule({
      name: 'PHPHighRiskMethodsVariables_URIPATH',
      label: 'PHPHighRiskMethodsVariables_URIPath',
      components: ['uriPath'],
      detectors: [phpCode],
      examples: {
        attack: [inTarget("/a/system('id')"), inTarget('/%24%7b%40phpinfo%28%29%7d')],
        benign: [inTarget('/docs/function.system.php'), inTarget('/wiki/Assert_(programming)')],
      },
    }),
    detectorRule({
      name: 'PHPHighRiskMethodsVariables_BODY',
      label: 'PHPHighRiskMethodsVariables_Body',
      components: ['body'],
      detectors: [phpCode, phpNames],
      examples: {
        attack: [
          inForm("<?php eval(base64_decode($_POST['x'])); ?>"),
          inJson('O:8:"stdClass":0:{}'),
        ],
        benign: [
          inJson('We had to assert (politely) that the system (old) was fine.'),
          inForm('const found = /a(b)/.exec(text)'),
        ],
      },
    }),
  ],
}
