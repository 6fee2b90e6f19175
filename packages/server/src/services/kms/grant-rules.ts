import type {
  CreateGrantRequest,
  GrantConstraints,
  GrantListEntry,
  GrantOperation,
} from '@aws-sdk/client-kms'
import type { Context } from '../../kernel/context.ts'
import { shownPrincipal } from '../../kernel/identity/principal-ids.ts'
import type { Conditions } from './authorisation.ts'
import { keySpecs } from './crypto/key-specs.ts'
import { validation } from './errors.ts'
import type { GrantLimits, GrantRow, KeyRow } from './store.ts'

const maxPairs = 8
const maxContextChars = 384

/** Operations that any key's grants may have. */
const forAllKeys: readonly GrantOperation[] = ['CreateGrant', 'DescribeKey', 'RetireGrant']

/** The operations that a grant on a key may have (KMS Developer Guide, "Grant operations"). */
export function grantable(key: KeyRow): readonly GrantOperation[] {
  const asymmetric = !['symmetric', 'hmac'].includes(keySpecs[key.spec].form.kind)
  const common: readonly GrantOperation[] = asymmetric
    ? [...forAllKeys, 'GetPublicKey']
    : forAllKeys
  switch (key.usage) {
    case 'ENCRYPT_DECRYPT': {
      const use = ['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo'] as const
      if (asymmetric) return [...common, ...use]
      return [
        ...common,
        ...use,
        'GenerateDataKey',
        'GenerateDataKeyWithoutPlaintext',
        'GenerateDataKeyPair',
        'GenerateDataKeyPairWithoutPlaintext',
      ]
    }
    case 'SIGN_VERIFY':
      return [...common, 'Sign', 'Verify']
    case 'GENERATE_VERIFY_MAC':
      return [...common, 'GenerateMac', 'VerifyMac']
    case 'KEY_AGREEMENT':
      return [...common, 'DeriveSharedSecret']
    case 'ENCAPSULATE_DECAPSULATE':
      return [...common, 'Encapsulate', 'Decapsulate']
  }
}

function given(pairs: Readonly<Record<string, string>> | undefined): boolean {
  return pairs !== undefined && Object.keys(pairs).length > 0
}

/** Grant constraints as rows have them; empty maps count as none. */
export function grantLimits(constraints: GrantConstraints | undefined): GrantLimits {
  const { EncryptionContextEquals, EncryptionContextSubset, SourceArn } = constraints ?? {}
  return {
    ...(given(EncryptionContextEquals) && { contextEquals: { ...EncryptionContextEquals } }),
    ...(given(EncryptionContextSubset) && { contextSubset: { ...EncryptionContextSubset } }),
    ...(SourceArn !== undefined && { sourceArn: SourceArn }),
  }
}

function sorted(pairs: Readonly<Record<string, string>> | undefined): unknown {
  return Object.entries(pairs ?? {}).sort()
}

/** Whether two grants say the same: a retry of CreateGrant by name makes no second one. */
export function sameGrant(a: GrantRow, b: GrantRow): boolean {
  const content = (grant: GrantRow) =>
    JSON.stringify([
      grant.grantee,
      grant.granteeIsService,
      grant.retiring,
      grant.retiringIsService,
      [...grant.operations].sort(),
      sorted(grant.limits.contextEquals),
      sorted(grant.limits.contextSubset),
      grant.limits.sourceArn,
    ])
  return content(a) === content(b)
}

function checkContext(key: KeyRow, limits: GrantLimits): void {
  const { contextEquals, contextSubset } = limits
  if (contextEquals && contextSubset) {
    throw validation(
      'You can specify either EncryptionContextEquals or EncryptionContextSubset, but not both.',
    )
  }
  const pairs = contextEquals ?? contextSubset
  if (!pairs) return
  if (key.spec !== 'SYMMETRIC_DEFAULT') {
    throw validation(
      `Encryption context constraints are not supported for KMS keys with key spec ${key.spec}.`,
    )
  }
  if (Object.keys(pairs).length > maxPairs) {
    throw validation(`A grant constraint can have at most ${maxPairs} encryption context pairs.`)
  }
  if (Object.entries(pairs).join('').length > maxContextChars) {
    throw validation(`A grant constraint cannot exceed ${maxContextChars} characters.`)
  }
}

function checkPrincipals(input: CreateGrantRequest): void {
  const { GranteePrincipal, GranteeServicePrincipal, RetiringPrincipal } = input
  if ((GranteePrincipal === undefined) === (GranteeServicePrincipal === undefined)) {
    throw validation(
      'You must specify either GranteePrincipal or GranteeServicePrincipal, but not both.',
    )
  }
  if (RetiringPrincipal !== undefined && input.RetiringServicePrincipal !== undefined) {
    throw validation(
      'You can specify either RetiringPrincipal or RetiringServicePrincipal, but not both.',
    )
  }
  const retires = RetiringPrincipal !== undefined || input.RetiringServicePrincipal !== undefined
  if (GranteeServicePrincipal !== undefined && (!input.Constraints?.SourceArn || !retires)) {
    throw validation(
      'A GranteeServicePrincipal requires a SourceArn grant constraint and a RetiringPrincipal or RetiringServicePrincipal.',
    )
  }
}

/** Refuses a grant that makes no sense for its key. */
export function checkGrant(key: KeyRow, input: CreateGrantRequest): void {
  checkPrincipals(input)
  if (!input.Operations?.length) {
    throw validation('A grant must allow at least one grant operation.')
  }
  const supported = grantable(key)
  const unfit = input.Operations?.find((operation) => !supported.includes(operation))
  if (unfit !== undefined) {
    throw validation(
      `Grant operation ${unfit} is not supported for KMS keys with key usage ${key.usage} and key spec ${key.spec}.`,
    )
  }
  checkContext(key, grantLimits(input.Constraints))
}

/** The condition keys of a CreateGrant request. */
export function grantConditions(ctx: Context, input: CreateGrantRequest): Conditions {
  const limits = grantLimits(input.Constraints)
  const types = [
    ...(limits.contextEquals ? ['EncryptionContextEquals'] : []),
    ...(limits.contextSubset ? ['EncryptionContextSubset'] : []),
    ...(limits.sourceArn === undefined ? [] : ['SourceArn']),
  ]
  const isForService = ctx.viaService !== undefined || ctx.principal.kind === 'service'
  return {
    'kms:grantoperations': input.Operations ?? [],
    'kms:granteeprincipal': input.GranteePrincipal,
    'kms:granteeserviceprincipal': input.GranteeServicePrincipal,
    'kms:retiringprincipal': input.RetiringPrincipal,
    'kms:retiringserviceprincipal': input.RetiringServicePrincipal,
    'kms:grantisforawsresource': String(isForService),
    ...(types.length > 0 && { 'kms:grantconstrainttype': types }),
  }
}

/** A grant as the listings show it. */
export async function grantEntry(
  ctx: Context,
  keyArn: string,
  grant: GrantRow,
): Promise<GrantListEntry> {
  const { contextEquals, contextSubset, sourceArn } = grant.limits
  const constraints = {
    ...(contextEquals && { EncryptionContextEquals: { ...contextEquals } }),
    ...(contextSubset && { EncryptionContextSubset: { ...contextSubset } }),
    ...(sourceArn !== undefined && { SourceArn: sourceArn }),
  }
  return {
    KeyId: keyArn,
    GrantId: grant.id,
    Name: grant.name ?? '',
    CreationDate: new Date(grant.createdAt),
    ...(grant.granteeIsService
      ? { GranteeServicePrincipal: grant.grantee }
      : { GranteePrincipal: await shownPrincipal(ctx, grant.grantee) }),
    ...(grant.retiring !== undefined &&
      (grant.retiringIsService
        ? { RetiringServicePrincipal: grant.retiring }
        : { RetiringPrincipal: await shownPrincipal(ctx, grant.retiring) })),
    IssuingAccount: grant.issuingAccount,
    Operations: [...grant.operations],
    ...(Object.keys(constraints).length > 0 && { Constraints: constraints }),
  }
}
