import { GenerateMac$, KMSInvalidMacException$, VerifyMac$ } from '@aws-sdk/client-kms'
import type {
  GenerateMacRequest,
  GenerateMacResponse,
  VerifyMacRequest,
  VerifyMacResponse,
} from '@aws-sdk/client-kms'
import { awsError } from '../../kernel/errors.ts'
import { generateMac, verifyMac } from './crypto/mac.ts'
import type { MacInput } from './crypto/mac.ts'
import { refuseDryRun } from './errors.ts'
import { keyOperation } from './key-operation.ts'
import type { KeySubject } from './key-reference.ts'
import { fittingMaterial } from './key-use.ts'

type Authenticated = Pick<GenerateMacRequest, 'MacAlgorithm' | 'Message'>

function macConditions(input: Authenticated) {
  return { 'kms:macalgorithm': input.MacAlgorithm }
}

async function macInput(
  subject: KeySubject,
  operation: string,
  input: Authenticated,
): Promise<MacInput> {
  const { MacAlgorithm: algorithm = 'HMAC_SHA_256', Message: message = new Uint8Array() } = input
  const wanted = { operation, usage: 'GENERATE_VERIFY_MAC', family: 'mac', algorithm } as const
  return { key: await fittingMaterial(subject, wanted), algorithm, message }
}

/** GenerateMac. */
export const GenerateMac = keyOperation<GenerateMacRequest, GenerateMacResponse>(GenerateMac$, {
  conditions: macConditions,
  async use(input, _ctx, subject) {
    const mac = generateMac(await macInput(subject, 'GenerateMac', input))
    refuseDryRun(input.DryRun)
    return { Mac: mac, MacAlgorithm: input.MacAlgorithm, KeyId: subject.key.arn }
  },
})

/** VerifyMac: a MAC that does not hold is KMSInvalidMacException, never `false`. */
export const VerifyMac = keyOperation<VerifyMacRequest, VerifyMacResponse>(VerifyMac$, {
  conditions: macConditions,
  async use(input, _ctx, subject) {
    const mac = input.Mac ?? new Uint8Array()
    const holds = verifyMac({ ...(await macInput(subject, 'VerifyMac', input)), mac })
    if (!holds) throw awsError(KMSInvalidMacException$, '')
    refuseDryRun(input.DryRun)
    return { KeyId: subject.key.arn, MacValid: true, MacAlgorithm: input.MacAlgorithm }
  },
})
