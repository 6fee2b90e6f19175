import { matchDetection } from '../detectors/detector.ts'
import { requestRule } from './request-rule.ts'
import { inTarget } from './examples.ts'
import type { ManagedRuleGroup } from './rule.ts'

const pages =
  /^\/(?:[\w-]+\/){0,3}(?:admin(?:istrator|istration|area|panel|cp|_area|er|console|-console|login)?|administracion|sysadmin|siteadmin|webadmin|adm|cpanel|whm|plesk|manager|moderator|phpmyadmin|pma|wp-admin|wp-login\.php|dbadmin|mysqladmin|controlpanel|control-panel|backend|backoffice|console|webconsole|_admin|useradmin|superadmin|typo3|umbraco)(?:[/.;]|$)/i

/** The pages with which applications and servers are administered. */
export const adminProtection: ManagedRuleGroup = {
  vendorName: 'AWS',
  name: 'AWSManagedRulesAdminProtectionRuleSet',
  version: 'Version_1.0',
  description: 'Keeps visitors away from the pages with which applications are administered.',
  capacity: 100,
  labelNamespace: 'awswaf:managed:aws:admin-protection:',
  rules: [
    requestRule({
      name: 'AdminProtection_URIPATH',
      label: 'AdminProtection_URIPath',
      reason: 'a page with which an application is administered',
      find: (request) =>
        matchDetection(pages.exec(request.values('uriPath')[0]?.forms[0] ?? ''), '')?.evidence,
      examples: {
        attack: [
          inTarget('/admin/users'),
          inTarget('/wp-login.php'),
          inTarget('/phpmyadmin/index.php'),
          inTarget('/app/administrator'),
        ],
        benign: [inTarget('/administrative-law'), inTarget('/blog/how-to-admin'), inTarget('/')],
      },
    }),
  ],
}
