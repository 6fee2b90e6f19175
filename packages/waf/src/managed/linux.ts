import { climbingUri } from '../detectors/files/uri-path.ts'
import { hiddenFiles, localFiles } from '../detectors/files/local-files.ts'
import { detectorRule } from './detector-rule.ts'
import { inCookie, inHeader, inQuery, inTarget } from './examples.ts'
import type { ManagedRuleGroup } from './rule.ts'

/** Requests for files of a Linux machine. */
export const linux: ManagedRuleGroup = {
  vendorName: 'AWS',
  name: 'AWSManagedRulesLinuxRuleSet',
  version: 'Version_1.0',
  description: 'Stops requests that would read files of a Linux machine.',
  capacity: 200,
  labelNamespace: 'awswaf:managed:aws:linux-os:',
  rules: [
    detectorRule({
      name: 'LFI_URIPATH',
      label: 'LFI_URIPath',
      components: ['uriPath'],
      detectors: [climbingUri, localFiles],
      examples: {
        attack: [
          inTarget('/download/..%2f..%2fetc/passwd'),
          inTarget('/etc/shadow'),
          inTarget('/a/%252e%252e/%252e%252e/etc/hosts'),
        ],
        benign: [
          inTarget('/static/app.1a2b3c.js'),
          inTarget('/blog/2024/etc-and-passwd-explained'),
          inTarget('/v1.2..1.3/compare'),
        ],
      },
    }),
    detectorRule({
      name: 'LFI_QUERYSTRING',
      label: 'LFI_QueryString',
      components: ['queryArguments'],
      detectors: [localFiles, hiddenFiles],
      examples: {
        attack: [
          inQuery('../../../../etc/passwd'),
          inQuery('/proc/self/environ'),
          inQuery('....//....//etc/hosts'),
        ],
        benign: [
          inQuery('proc and etc in Linux'),
          inQuery('images/cat.png'),
          inQuery('and so on...'),
        ],
      },
    }),
    detectorRule({
      name: 'LFI_HEADER',
      label: 'LFI_Header',
      components: ['headers', 'cookies'],
      detectors: [localFiles],
      examples: {
        attack: [
          inHeader('x-original-url', '/etc/passwd'),
          inHeader('referer', 'https://a.example/?f=../../../etc/passwd'),
          inCookie('../../../../../proc/self/environ'),
        ],
        benign: [inHeader('referer', 'https://shop.example/a/../b'), inCookie('a/b/c.d')],
      },
    }),
  ],
}
