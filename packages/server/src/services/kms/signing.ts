import { GetPublicKey$, KMSInvalidSignatureException$, Sign$, Verify$ } from '@aws-sdk/client-kms'
import type {
  GetPublicKeyRequest,
  GetPublicKeyResponse,
  SignRequest,
  SignResponse,
  VerifyRequest,
  VerifyResponse,
} from '@aws-sdk/client-kms'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { grantFor, keyAccess } from './authorisation.ts'
import { algorithmsFor, keySpecs } from './crypto/key-specs.ts'
import { sign, verify } from './crypto/signature.ts'
import type { SignInput } from './crypto/signature.ts'
import { refuseDryRun, translated, unsupported } from './errors.ts'
import { keyOperation } from './key-operation.ts'
import type { KeySubject } from './key-reference.ts'
import { requireState } from './key-states.ts'
import { fittingMaterial } from './key-use.ts'
import { anyKey } from './keys.ts'
import { currentMaterial } from './material-store.ts'

type Signing = Pick<SignRequest, 'SigningAlgorithm' | 'MessageType' | 'Message'>

function signingConditions(input: Signing) {
  return {
    'kms:signingalgorithm': input.SigningAlgorithm,
    'kms:messagetype': input.MessageType ?? 'RAW',
  }
}

async function signInput(
  subject: KeySubject,
  operation: string,
  input: Signing,
): Promise<SignInput> {
  const { SigningAlgorithm: algorithm = 'ECDSA_SHA_256', MessageType: messageType = 'RAW' } = input
  const wanted = { operation, usage: 'SIGN_VERIFY', family: 'signing', algorithm } as const
  const key = await fittingMaterial(subject, wanted)
  return { key, algorithm, messageType, message: input.Message ?? new Uint8Array() }
}

/** Sign. */
export const Sign = keyOperation<SignRequest, SignResponse>(Sign$, {
  conditions: signingConditions,
  async use(input, _ctx, subject) {
    const signing = await signInput(subject, 'Sign', input)
    const signature = translated(() => sign(signing))
    refuseDryRun(input.DryRun)
    return {
      KeyId: subject.key.arn,
      Signature: signature,
      SigningAlgorithm: input.SigningAlgorithm,
    }
  },
})

/** Verify: a signature that does not hold is KMSInvalidSignatureException, never `false`. */
export const Verify = keyOperation<VerifyRequest, VerifyResponse>(Verify$, {
  conditions: signingConditions,
  async use(input, _ctx, subject) {
    const signing = await signInput(subject, 'Verify', input)
    const signature = input.Signature ?? new Uint8Array()
    const holds = translated(() => verify({ ...signing, signature }))
    if (!holds) throw awsError(KMSInvalidSignatureException$, '')
    refuseDryRun(input.DryRun)
    return {
      KeyId: subject.key.arn,
      SignatureValid: true,
      SigningAlgorithm: input.SigningAlgorithm,
    }
  },
})

/** GetPublicKey of an asymmetric key. */
export const GetPublicKey = operation<GetPublicKeyRequest, GetPublicKeyResponse, KeySubject>(
  GetPublicKey$,
  {
    resolve: (input, ctx) => anyKey(ctx, input.KeyId, 'GetPublicKey'),
    access: (input, ctx, subject) =>
      keyAccess(ctx, subject, { grant: grantFor('GetPublicKey'), grantTokens: input.GrantTokens }),
    async handle(_input, _ctx, subject) {
      const { key, tables } = subject
      const { kind } = keySpecs[key.spec].form
      if (kind === 'symmetric' || kind === 'hmac') {
        throw unsupported(`${key.arn} key spec is ${key.spec} which is not valid for GetPublicKey.`)
      }
      requireState(key, 'GetPublicKey')
      const { material } = await currentMaterial(tables, key)
      if (material.kind !== 'pair') throw new Error(`${key.arn} has no public key`)
      return {
        KeyId: key.arn,
        PublicKey: material.publicKey.export({ type: 'spki', format: 'der' }),
        CustomerMasterKeySpec: key.spec as NonNullable<
          GetPublicKeyResponse['CustomerMasterKeySpec']
        >,
        KeySpec: key.spec,
        KeyUsage: key.usage,
        ...algorithmsFor(key.spec, key.usage),
      }
    },
  },
)
