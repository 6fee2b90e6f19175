import type { KeyState } from '@aws-sdk/client-kms'
import { disabled, invalidState } from './errors.ts'
import { keyState } from './model.ts'
import type { KeyRow } from './store.ts'

/** What a state makes of an operation; absent: it works. */
type Refusal = 'disabled' | 'pending' | 'not pending deletion' | 'unavailable'
type Refusals = Readonly<Partial<Record<KeyState, Refusal>>>

const deleting: Refusals = { PendingDeletion: 'pending', PendingReplicaDeletion: 'pending' }

const cryptographic: Refusals = {
  ...deleting,
  Disabled: 'disabled',
  PendingImport: 'pending',
  Unavailable: 'unavailable',
  Creating: 'pending',
}
const onEnabled: Refusals = { ...cryptographic, Updating: 'pending' }
const toggling: Refusals = {
  ...deleting,
  PendingImport: 'pending',
  Creating: 'pending',
  Updating: 'pending',
}
const rotating: Refusals = { ...toggling, Disabled: 'disabled' }
const granting: Refusals = {
  ...deleting,
  Disabled: 'disabled',
  PendingImport: 'pending',
  Creating: 'pending',
}
const cancelling: Refusals = {
  Creating: 'not pending deletion',
  Disabled: 'not pending deletion',
  Enabled: 'not pending deletion',
  PendingImport: 'not pending deletion',
  Unavailable: 'not pending deletion',
  Updating: 'not pending deletion',
}

/**
 * Which states refuse which operations; operations that are not here work in every state.
 * Source: KMS Developer Guide, "Key states of AWS KMS keys", the table and its notes.
 */
export const stateRefusals: Readonly<Record<string, Refusals>> = {
  Encrypt: cryptographic,
  Decrypt: cryptographic,
  ReEncrypt: cryptographic,
  GenerateDataKey: cryptographic,
  GenerateDataKeyWithoutPlaintext: cryptographic,
  GenerateDataKeyPair: cryptographic,
  GenerateDataKeyPairWithoutPlaintext: cryptographic,
  GenerateMac: cryptographic,
  VerifyMac: cryptographic,
  Sign: cryptographic,
  Verify: cryptographic,
  DeriveSharedSecret: cryptographic,
  Encapsulate: cryptographic,
  Decapsulate: cryptographic,
  GetPublicKey: cryptographic,
  CreateGrant: granting,
  EnableKey: toggling,
  DisableKey: toggling,
  EnableKeyRotation: rotating,
  DisableKeyRotation: rotating,
  RotateKeyOnDemand: rotating,
  ReplicateKey: onEnabled,
  UpdatePrimaryRegion: onEnabled,
  CancelKeyDeletion: cancelling,
  ScheduleKeyDeletion: deleting,
  CreateAlias: deleting,
  UpdateAlias: deleting,
  TagResource: deleting,
  UntagResource: deleting,
  UpdateKeyDescription: deleting,
  GetParametersForImport: deleting,
  ImportKeyMaterial: deleting,
}

const pendingTexts: Readonly<Partial<Record<KeyState, string>>> = {
  PendingDeletion: 'pending deletion',
  PendingReplicaDeletion: 'pending replica deletion',
  PendingImport: 'pending import',
  Creating: 'creating',
  Updating: 'updating',
}

/** Refuses an operation that the key's state does not allow, with AWS's error and wording. */
export function requireState(key: KeyRow, operation: string): void {
  const state = keyState(key)
  const refusal = stateRefusals[operation]?.[state]
  switch (refusal) {
    case undefined:
      return
    case 'disabled':
      throw disabled(key)
    case 'pending':
      throw invalidState(`${key.arn} is ${pendingTexts[state]}.`)
    case 'not pending deletion':
      throw invalidState(`${key.arn} is not pending deletion.`)
    case 'unavailable':
      throw invalidState(`${key.arn} is unavailable.`)
  }
}
