import { PutSecretValue$ } from '@aws-sdk/client-secrets-manager'
import type { PutSecretValueRequest, PutSecretValueResponse } from '@aws-sdk/client-secrets-manager'
import { operation } from '../../kernel/service.ts'
import { accessDenied, invalidParameter, invalidRequest } from './errors.ts'
import { addVersion } from './new-version.ts'
import { answered } from './secret-changes.ts'
import { changeable, secretAccess, seekSecret } from './secret-reference.ts'
import type { SoughtSecret } from './secret-reference.ts'
import { tokenOf, valueOf } from './value-input.ts'
import { stage, versionOf } from './versions.ts'

/** PutSecretValue. */
export const PutSecretValue = operation<
  PutSecretValueRequest,
  PutSecretValueResponse,
  SoughtSecret
>(PutSecretValue$, {
  check: (input) => void valueOf(input),
  resolve: (input, ctx) => seekSecret(ctx, input.SecretId),
  access: (_input, ctx, sought) => secretAccess(ctx, sought),
  async handle(input, ctx, sought) {
    const token = tokenOf(ctx, input.ClientRequestToken)
    const value = valueOf(input)
    if (!value) throw invalidRequest('You must provide either SecretString or SecretBinary.')
    const subject = changeable(ctx, sought)
    const stages = input.VersionStages ?? [stage.current]
    if (new Set(stages).size < stages.length) {
      throw invalidParameter('VersionStages must not name a staging label twice.')
    }
    const { rotation } = subject.row
    const { RotationToken } = input
    if (RotationToken !== undefined && rotation?.running?.rotationToken !== RotationToken) {
      throw accessDenied('The RotationToken does not belong to a rotation of this secret.')
    }
    const row = await addVersion(ctx, subject, { token, value, stages })
    const VersionStages = [...(versionOf(row.versions, token)?.stages ?? [])]
    return answered(
      ctx,
      { ARN: row.arn, Name: row.name, VersionId: token, VersionStages },
      { versionId: token, versionStages: VersionStages },
    )
  },
})
