import { matchDetection } from '../detectors/detector.ts'
import type { Detector } from '../detectors/detector.ts'
import { detectorRule } from './detector-rule.ts'
import { inQuery, inTarget } from './examples.ts'
import { requestRule } from './request-rule.ts'
import type { ManagedRuleGroup } from './rule.ts'

const command: Detector = {
  name: 'a command of WordPress that is misused',
  needs: [0],
  detect: (text) =>
    text.length < 20 || text.length > 300
      ? undefined
      : matchDetection(
          /^(?:do_reset_wordpress|revslider_show_image|duplicator_download|wp_ajax_\w+_upload|cherry_plugin_upload|wpuf_file_upload)$/.exec(
            text,
          ),
          'a command of WordPress that is misused',
        ),
}
const commandNames: Detector = {
  name: command.name,
  needs: [0],
  detect: (text) =>
    text.includes('do-reset') || text.includes('do_reset')
      ? matchDetection(/\bdo[-_]reset[-_]wordpress\b/.exec(text), command.name)
      : undefined,
}

const paths =
  /\/xmlrpc\.php|\/wp-config\.php|\/wp-content\/(?:uploads\/[^?]{0,200}\.ph(?:p\d?|tml|ar)|debug\.log|backup|plugins\/[^?]{0,200}(?:readme\.txt|timthumb\.php|\.sql|\.log)|[^/]+\.(?:sql|zip|tar|gz))|\/wp-admin\/(?:install|setup-config)\.php|\/wp-includes\/[^?]{0,200}\.php|\/wp-json\/wp\/v2\/users|\/timthumb\.php/i

/** Requests that use weaknesses of WordPress and of what is plugged into it. */
export const wordpress: ManagedRuleGroup = {
  vendorName: 'AWS',
  name: 'AWSManagedRulesWordPressRuleSet',
  version: 'Version_1.0',
  description: 'Stops requests that use weaknesses of WordPress.',
  capacity: 100,
  labelNamespace: 'awswaf:managed:aws:wordpress-app:',
  rules: [
    detectorRule({
      name: 'WordPressExploitableCommands_QUERYSTRING',
      label: 'WordPressExploitableCommands_QUERYSTRING',
      components: ['queryArguments'],
      detectors: [command, commandNames],
      examples: {
        attack: [
          inTarget('/wp-admin/admin-ajax.php?do-reset-wordpress=1'),
          inTarget('/wp-admin/admin-ajax.php?action=revslider_show_image&img=x'),
        ],
        benign: [
          inTarget('/wp-admin/admin-ajax.php?action=heartbeat'),
          inQuery('how to reset WordPress'),
        ],
      },
    }),
    requestRule({
      name: 'WordPressExploitablePaths_URIPATH',
      label: 'WordPressExploitablePaths_URIPATH',
      reason: 'a path of WordPress that is misused',
      find: (request) => paths.exec(request.values('uriPath')[0]?.forms[0] ?? '')?.[0],
      examples: {
        attack: [inTarget('/xmlrpc.php'), inTarget('/wp-content/uploads/2024/05/x.php')],
        benign: [inTarget('/wp-content/uploads/2024/05/cat.jpg'), inTarget('/wp-login.php')],
      },
    }),
  ],
}
