import {
  DisableAWSServiceAccess$,
  EnableAWSServiceAccess$,
  ListAWSServiceAccessForOrganization$,
  type DisableAWSServiceAccessRequest,
  type EnableAWSServiceAccessRequest,
  type ListAWSServiceAccessForOrganizationRequest,
  type ListAWSServiceAccessForOrganizationResponse,
} from '@aws-sdk/client-organizations'
import { constraint, invalidInput } from './errors.ts'
import { organizationOperation } from './organization-operation.ts'
import { pageOf } from './paging.ts'
import { members, organizations } from './store.ts'

/** EnableAWSServiceAccess: the service is trusted with the organization. */
export const EnableAWSServiceAccess = organizationOperation<EnableAWSServiceAccessRequest, object>(
  EnableAWSServiceAccess$,
  {
    callers: 'management',
    conditions: (input) => ({ 'organizations:serviceprincipal': input.ServicePrincipal }),
    handle(input, { ctx, organization, tables }) {
      if (organization.featureSet !== 'ALL') {
        throw constraint(
          'ORGANIZATION_NOT_IN_ALL_FEATURES_MODE',
          'You attempted to perform an operation that requires your organization to be configured to support all features.',
        )
      }
      const principal = checkServicePrincipal(input.ServicePrincipal)
      if (organization.trustedServices[principal]) return {}
      tables.table(organizations).put(organization.id, {
        ...organization,
        trustedServices: { ...organization.trustedServices, [principal]: ctx.now.toISOString() },
      })
      return {}
    },
  },
)

/** DisableAWSServiceAccess: only when no account administers the service. */
export const DisableAWSServiceAccess = organizationOperation<
  DisableAWSServiceAccessRequest,
  object
>(DisableAWSServiceAccess$, {
  callers: 'management',
  conditions: (input) => ({ 'organizations:serviceprincipal': input.ServicePrincipal }),
  async handle(input, { organization, tables }) {
    const principal = checkServicePrincipal(input.ServicePrincipal)
    const rows = await tables.table(members).list()
    if (rows.some(({ value }) => value.delegations[principal])) {
      throw constraint(
        'DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE',
        'You attempted to disable service access for a service that has a delegated administrator.',
      )
    }
    const { [principal]: enabled, ...trustedServices } = organization.trustedServices
    if (enabled)
      tables.table(organizations).put(organization.id, { ...organization, trustedServices })
    return {}
  },
})

/** ListAWSServiceAccessForOrganization: the trusted services. */
export const ListAWSServiceAccessForOrganization = organizationOperation<
  ListAWSServiceAccessForOrganizationRequest,
  ListAWSServiceAccessForOrganizationResponse
>(ListAWSServiceAccessForOrganization$, {
  callers: 'readers',
  delegable: true,
  handle(input, { ctx, organization }) {
    const services = Object.entries(organization.trustedServices).sort(([a], [b]) =>
      a < b ? -1 : 1,
    )
    const list = {
      name: 'trusted-services',
      items: services.map(([ServicePrincipal, since]) => ({
        ServicePrincipal,
        DateEnabled: new Date(since),
      })),
    }
    const { items, ...page } = pageOf(ctx, list, input)
    return { EnabledServicePrincipals: items, ...page }
  },
})

/** A service principal as AWS services have them. Throws InvalidInputException. */
export function checkServicePrincipal(name = ''): string {
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com$/.test(name)) return name
  throw invalidInput(
    'UNRECOGNIZED_SERVICE_PRINCIPAL',
    'You specified an unrecognized service principal.',
  )
}
