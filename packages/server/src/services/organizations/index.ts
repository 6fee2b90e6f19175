import * as sdk from '@aws-sdk/client-organizations'
import { awsJson } from '@bartizan/wire'
import { defineService } from '../../kernel/service.ts'
import { closeTask } from './account-closure.ts'
import * as accountCreation from './account-creation.ts'
import * as accounts from './accounts.ts'
import * as attachments from './attachments.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as delegatedAdministrators from './delegated-administrators.ts'
import * as effectivePolicies from './effective-policies.ts'
import * as enabledTypes from './enabled-types.ts'
import * as handshakes from './handshakes.ts'
import * as invitations from './invitations.ts'
import * as organization from './organization.ts'
import * as policies from './policies.ts'
import * as resourcePolicy from './resource-policy.ts'
import * as serviceAccess from './service-access.ts'
import * as structure from './structure.ts'
import * as tags from './tags.ts'
import { organizationsResources } from './resources.ts'

/** AWS Organizations (https://docs.aws.amazon.com/organizations/latest/APIReference/). */
export const organizations = defineService({
  id: 'organizations',
  global: true,
  protocols: [awsJson('1.1', 'AWSOrganizationsV20161128')],
  sdk,
  operations: [
    accountCreation,
    accounts,
    attachments,
    delegatedAdministrators,
    effectivePolicies,
    enabledTypes,
    handshakes,
    invitations,
    organization,
    policies,
    resourcePolicy,
    serviceAccess,
    structure,
    tags,
  ],
  constraints,
  tasks: [accountCreation.createTask, closeTask],
  resources: organizationsResources,
  fidelity: {
    supported: [
      'organizations with one root, OUs five levels deep, accounts that are created, invited, moved, closed, removed or leave',
      'CreateAccount makes a tenant of this installation, with the role by which the management account gets in',
      'service control policies and resource control policies are enforced on every call, by the engine that decides it',
      'tag, backup and AI opt-out policies with their inheritance operators and DescribeEffectivePolicy',
      'delegated administrators, trusted services, the resource policy that delegates to member accounts, tags',
      'condition keys aws:PrincipalOrgID, aws:PrincipalOrgPaths, aws:ResourceOrgID, aws:ResourceOrgPaths and aws:SourceOrgID',
    ],
    deviates: [
      'a new organization has no policy type enabled in its root, as AWS answers through its API, though its guide says that SCPs are',
      'changes of policies and places count at once',
      'an account may leave or be removed without payment details, and closed accounts are kept for good',
      'nobody is sent an e-mail; an invited account finds its handshake by ListHandshakesForAccount',
      'quotas that AWS raises on request (10 accounts, rates) are not enforced',
      'tag, backup and AI opt-out policies are merged, and nothing here acts on them',
      'service principals are judged by their form, not by a list',
    ],
    absent: [
      'transfer of billing responsibility and GovCloud accounts',
      'chatbot, declarative EC2, Security Hub, Inspector and other newer management policies',
      'validation errors of effective policies',
    ],
  },
})
