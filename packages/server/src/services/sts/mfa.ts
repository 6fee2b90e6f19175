import type { Context } from '../../kernel/context.ts'
import { mfaDevices, type MfaDeviceRow } from '../../kernel/identity/tables.ts'
import { acceptedStep, totpStep } from '../../kernel/identity/totp.ts'
import { accessDenied } from './errors.ts'

interface MfaInput {
  readonly SerialNumber?: string | undefined
  readonly TokenCode?: string | undefined
}

/** A code that was right: the device's row as it is to be written. */
export interface MfaProof {
  readonly device: MfaDeviceRow
}

const unableToValidate =
  'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.'
const invalidCode = 'MultiFactorAuthentication failed with invalid MFA one time pass code. '

const failuresPerStep = 5
const rememberedDevices = 10_000
/** Wrong codes by device within a time step: six digits would not stand against free guessing. */
const failures = new Map<string, { readonly step: number; readonly count: number }>()

/** Checks the MFA code of a call; undefined when it brings none. Throws AccessDenied in AWS's wording. */
export async function proveMfa(input: MfaInput, ctx: Context): Promise<MfaProof | undefined> {
  const { SerialNumber: serial, TokenCode: code } = input
  if (serial === undefined && code === undefined) return undefined
  const device = await ctx.store.table(mfaDevices).get(serial ?? '')
  const user = ctx.principal.userName
  if (!device || code === undefined || user === undefined || device.userName !== user) {
    throw accessDenied(unableToValidate)
  }
  const step = totpStep(ctx.machineNow)
  const failed = failures.get(device.serialNumber)
  const count = failed?.step === step ? failed.count : 0
  const accepted = count < failuresPerStep ? acceptedStep(device, code, ctx.machineNow) : undefined
  if (accepted === undefined) {
    if (failures.size >= rememberedDevices) failures.clear()
    failures.set(device.serialNumber, { step, count: count + 1 })
    throw accessDenied(invalidCode)
  }
  return { device: { ...device, lastStep: accepted } }
}

/** Marks the code as used. */
export function useMfa(proof: MfaProof | undefined, ctx: Context): void {
  if (proof) ctx.store.table(mfaDevices).put(proof.device.serialNumber, proof.device)
}
