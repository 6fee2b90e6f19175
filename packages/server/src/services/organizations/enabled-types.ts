import {
  DisablePolicyType$,
  EnablePolicyType$,
  PolicyTypeAlreadyEnabledException$,
  PolicyTypeNotEnabledException$,
  type DisablePolicyTypeRequest,
  type DisablePolicyTypeResponse,
  type EnablePolicyTypeRequest,
  type EnablePolicyTypeResponse,
} from '@aws-sdk/client-organizations'
import { awsError } from '../../kernel/errors.ts'
import { rootNotFound } from './errors.ts'
import { attachFullAccess } from './full-access.ts'
import { organizationOperation, type Membership } from './organization-operation.ts'
import { placeArn, rootShape } from './places.ts'
import { requireAvailable } from './policies.ts'
import { attachments, members, organizations, units } from './store.ts'

/** EnablePolicyType: policies of the type may be attached; AWS's own is attached everywhere at once. */
export const EnablePolicyType = organizationOperation<
  EnablePolicyTypeRequest,
  EnablePolicyTypeResponse
>(EnablePolicyType$, {
  callers: 'management',
  delegable: true,
  publishes: true,
  resources: (input, at) => [placeArn(at.organization, input.RootId ?? '')],
  conditions: (input) => ({ 'organizations:policytype': input.PolicyType }),
  async handle(input, at) {
    const { PolicyType: type = 'SERVICE_CONTROL_POLICY' } = input
    requireRoot(at, input.RootId)
    requireAvailable(at, type)
    const { organization, tables } = at
    if (organization.policyTypes.includes(type)) {
      throw awsError(
        PolicyTypeAlreadyEnabledException$,
        'The specified policy type is already enabled.',
      )
    }
    const next = { ...organization, policyTypes: [...organization.policyTypes, type] }
    tables.table(organizations).put(organization.id, next)
    const places = [organization.rootId]
    for (const { key } of await tables.table(units).list()) places.push(key)
    for (const { key } of await tables.table(members).list()) places.push(key)
    const enabled = { tables, organization: { ...organization, policyTypes: [type] } }
    for (const place of places) attachFullAccess(enabled, place)
    return { Root: rootShape(next) }
  },
})

/** DisablePolicyType: all policies of the type are detached. */
export const DisablePolicyType = organizationOperation<
  DisablePolicyTypeRequest,
  DisablePolicyTypeResponse
>(DisablePolicyType$, {
  callers: 'management',
  delegable: true,
  publishes: true,
  resources: (input, at) => [placeArn(at.organization, input.RootId ?? '')],
  conditions: (input) => ({ 'organizations:policytype': input.PolicyType }),
  async handle(input, at) {
    const { PolicyType: type = 'SERVICE_CONTROL_POLICY' } = input
    requireRoot(at, input.RootId)
    const { organization, tables } = at
    if (!organization.policyTypes.includes(type)) {
      throw awsError(
        PolicyTypeNotEnabledException$,
        'This operation can be performed only for enabled policy types.',
      )
    }
    const policyTypes = organization.policyTypes.filter((each) => each !== type)
    const next = { ...organization, policyTypes }
    tables.table(organizations).put(organization.id, next)
    const view = tables.table(attachments)
    for (const { key, value } of await view.list()) if (value.type === type) view.delete(key)
    return { Root: rootShape(next) }
  },
})

function requireRoot({ organization }: Membership, id: string | undefined): void {
  if (id !== organization.rootId) throw rootNotFound()
}
