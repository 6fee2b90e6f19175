import { GenerateMac$, KMSInvalidMacException$, VerifyMac$ } from '@aws-sdk/client-kms'
import type {
  GenerateMacRequest,
  GenerateMacResponse,
  VerifyMacRequest,
  VerifyMacResponse,
} from '@aws-sdk/client-kms'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { grantFor, keyAccess, noteUse } from './authorisation.ts'
import { keySpecs } from './crypto/key-specs.ts'
import { generateMac, verifyMac } from './crypto/mac.ts'
import type { MacInput } from './crypto/mac.ts'
import { refuseDryRun } from './errors.ts'
import type { KeySubject } from './key-reference.ts'
import { requireAlgorithm, requireUse } from './key-use.ts'
import { anyKey } from './keys.ts'
import { currentMaterial } from './material-store.ts'

async function macInput(
  { key, tables }: KeySubject,
  name: string,
  input: Pick<GenerateMacRequest, 'MacAlgorithm' | 'Message'>,
): Promise<MacInput> {
  const { MacAlgorithm: algorithm = 'HMAC_SHA_256', Message: message = new Uint8Array() } = input
  requireUse(key, name, 'GENERATE_VERIFY_MAC')
  requireAlgorithm(key, algorithm, keySpecs[key.spec].mac)
  const { material } = await currentMaterial(tables, key)
  return { key: material, algorithm, message }
}

/** GenerateMac. */
export const GenerateMac = operation<GenerateMacRequest, GenerateMacResponse, KeySubject>(
  GenerateMac$,
  {
    readOnly: true,
    resolve: (input, ctx) => anyKey(ctx, input.KeyId, 'GenerateMac'),
    access: (input, ctx, subject) =>
      keyAccess(ctx, subject, {
        conditions: { 'kms:macalgorithm': input.MacAlgorithm },
        grant: grantFor('GenerateMac'),
        grantTokens: input.GrantTokens,
      }),
    async handle(input, ctx, subject) {
      const mac = generateMac(await macInput(subject, 'GenerateMac', input))
      refuseDryRun(input.DryRun)
      noteUse(ctx, subject, 'GenerateMac')
      return { Mac: mac, MacAlgorithm: input.MacAlgorithm, KeyId: subject.key.arn }
    },
  },
)

/** VerifyMac: a MAC that does not hold is KMSInvalidMacException, never `false`. */
export const VerifyMac = operation<VerifyMacRequest, VerifyMacResponse, KeySubject>(VerifyMac$, {
  readOnly: true,
  resolve: (input, ctx) => anyKey(ctx, input.KeyId, 'VerifyMac'),
  access: (input, ctx, subject) =>
    keyAccess(ctx, subject, {
      conditions: { 'kms:macalgorithm': input.MacAlgorithm },
      grant: grantFor('VerifyMac'),
      grantTokens: input.GrantTokens,
    }),
  async handle(input, ctx, subject) {
    const mac = input.Mac ?? new Uint8Array()
    const holds = verifyMac({ ...(await macInput(subject, 'VerifyMac', input)), mac })
    if (!holds) throw awsError(KMSInvalidMacException$, '')
    refuseDryRun(input.DryRun)
    noteUse(ctx, subject, 'VerifyMac')
    return { KeyId: subject.key.arn, MacValid: true, MacAlgorithm: input.MacAlgorithm }
  },
})
