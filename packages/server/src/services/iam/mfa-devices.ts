import {
  CreateVirtualMFADevice$,
  DeactivateMFADevice$,
  DeleteVirtualMFADevice$,
  EnableMFADevice$,
  GetMFADevice$,
  InvalidAuthenticationCodeException$,
  ListMFADevices$,
  ListVirtualMFADevices$,
  ResyncMFADevice$,
  type CreateVirtualMFADeviceRequest,
  type CreateVirtualMFADeviceResponse,
  type DeactivateMFADeviceRequest,
  type DeleteVirtualMFADeviceRequest,
  type EnableMFADeviceRequest,
  type GetMFADeviceRequest,
  type GetMFADeviceResponse,
  type ListMFADevicesRequest,
  type ListMFADevicesResponse,
  type ListVirtualMFADevicesRequest,
  type ListVirtualMFADevicesResponse,
  type ResyncMFADeviceRequest,
} from '@aws-sdk/client-iam'
import { randomBytes } from 'node:crypto'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { mfaDevices, users, type MfaDeviceRow, type UserRow } from '../../kernel/identity/tables.ts'
import { consecutiveStep, encodeBase32, totpStep } from '../../kernel/identity/totp.ts'
import { operation, type Access } from '../../kernel/service.ts'
import { requestTagConditions, resourceTagConditions } from '../../kernel/tag-conditions.ts'
import {
  accessToAll,
  accessToUser,
  accessToUserOrRoot,
  arnOf,
  existingUser,
  keyOf,
  seekUser,
  seekUserOrCaller,
  type Sought,
  type UserOrRoot,
} from './entities.ts'
import { alreadyExists, checkQuota, deleteConflict, noSuchEntity } from './errors.ts'
import { pageOf, pageOfTable } from './paging.ts'
import { qrCodePng } from './qr-code.ts'
import { userOut, wholeSecond } from './shapes.ts'
import { exactKeys, someTags, tagRows } from './tags.ts'

/** A device that a call names. */
export interface SoughtDevice {
  readonly serialNumber: string
  readonly row: MfaDeviceRow | undefined
}

const seedBytes = 40
const devicesPerUser = 8
/** How far a device may be off, in 30-second steps, when it is enabled and when it is synchronised anew. */
const enableReach = 3
const resyncReach = 120

/** `resolve` of operations that name a device. */
export async function seekDevice(
  input: { SerialNumber?: string | undefined },
  ctx: Context,
): Promise<SoughtDevice> {
  const serialNumber = input.SerialNumber ?? ''
  return { serialNumber, row: await ctx.store.table(mfaDevices).get(serialNumber) }
}

/** The device, or NoSuchEntity. */
export function existingDevice(sought: SoughtDevice): MfaDeviceRow {
  if (sought.row) return sought.row
  throw noSuchDevice(sought.serialNumber)
}

/** `access` of operations on a device. */
export const accessToDevice = (_input: unknown, _ctx: Context, sought: SoughtDevice): Access => ({
  resource: sought.serialNumber,
  conditions: resourceTagConditions(sought.row?.tags, 'iam'),
})

/** Makes a virtual device; its seed is shown this once. */
export const CreateVirtualMFADevice = operation<
  CreateVirtualMFADeviceRequest,
  CreateVirtualMFADeviceResponse
>(CreateVirtualMFADevice$, {
  access: (input, ctx) => ({
    resource: arnOf(ctx, 'mfa', input.Path, input.VirtualMFADeviceName ?? ''),
    conditions: requestTagConditions(input.Tags),
  }),
  async handle(input, ctx) {
    const name = input.VirtualMFADeviceName ?? ''
    const path = input.Path ?? '/'
    const serialNumber = arnOf(ctx, 'mfa', path, name)
    const view = ctx.store.table(mfaDevices)
    if (await view.get(serialNumber)) {
      throw alreadyExists('MFA device already exists.')
    }
    const seed = encodeBase32(randomBytes(seedBytes))
    const tags = tagRows(input.Tags, exactKeys)
    const createdAt = ctx.now.toISOString()
    const device = { serialNumber, name, path, createdAt, seed, driftSteps: 0, lastStep: 0, tags }
    view.put(serialNumber, device)
    const account = ctx.principal.userName ?? ctx.account
    const label = `${encodeURIComponent(name)}@${encodeURIComponent(account)}`
    return {
      VirtualMFADevice: {
        SerialNumber: serialNumber,
        Base32StringSeed: Buffer.from(seed),
        QRCodePNG: await qrCodePng(`otpauth://totp/${label}?secret=${seed}`),
        ...someTags(tags),
      },
    }
  },
})

/** Gives a device to a user, who proves to have it by two consecutive codes. */
export const EnableMFADevice = operation<EnableMFADeviceRequest, object, Sought<UserRow>>(
  EnableMFADevice$,
  {
    resolve: seekUser,
    access: accessToUser,
    async handle(input, ctx, sought) {
      const user = existingUser(sought)
      const device = existingDevice(await seekDevice(input, ctx))
      if (device.enabledAt !== undefined) {
        throw alreadyExists('MFA Device is already in use.')
      }
      checkQuota('MFADevicesPerUser', devicesPerUser, user.mfaSerials.length + 1)
      // That the codes are some steps old tells of slow fingers rather than of a wrong clock.
      const lastStep = prove(device, input, { at: ctx.machineNow, reach: enableReach })
      const enabledAt = ctx.now.toISOString()
      const enabled = { ...device, lastStep, enabledAt, userName: user.name }
      ctx.store.table(mfaDevices).put(device.serialNumber, enabled)
      const mfaSerials = [...user.mfaSerials, device.serialNumber]
      ctx.store.table(users).put(keyOf(user.name), { ...user, mfaSerials })
      return {}
    },
  },
)

/** Learns how far a device's clock is off, from two consecutive codes. */
export const ResyncMFADevice = operation<ResyncMFADeviceRequest, object, Sought<UserRow>>(
  ResyncMFADevice$,
  {
    resolve: seekUser,
    access: accessToUser,
    async handle(input, ctx, sought) {
      const device = await deviceOf(existingUser(sought), input, ctx)
      const lastStep = prove(device, input, { at: ctx.machineNow, reach: resyncReach })
      const driftSteps = lastStep - totpStep(ctx.machineNow)
      ctx.store.table(mfaDevices).put(device.serialNumber, { ...device, driftSteps, lastStep })
      return {}
    },
  },
)

/** Takes a device from a user; the device stays. */
export const DeactivateMFADevice = operation<DeactivateMFADeviceRequest, object, UserOrRoot>(
  DeactivateMFADevice$,
  {
    resolve: seekUserOrCaller,
    access: accessToUserOrRoot,
    async handle(input, ctx, sought) {
      const user = existingUser(sought)
      const { enabledAt: _at, userName: _user, ...device } = await deviceOf(user, input, ctx)
      ctx.store.table(mfaDevices).put(device.serialNumber, device)
      const mfaSerials = user.mfaSerials.filter((serial) => serial !== device.serialNumber)
      ctx.store.table(users).put(keyOf(user.name), { ...user, mfaSerials })
      return {}
    },
  },
)

/** Deletes a device that is nobody's. */
export const DeleteVirtualMFADevice = operation<
  DeleteVirtualMFADeviceRequest,
  object,
  SoughtDevice
>(DeleteVirtualMFADevice$, {
  resolve: seekDevice,
  access: accessToDevice,
  handle(_input, ctx, sought) {
    const device = existingDevice(sought)
    if (device.enabledAt !== undefined) {
      throw deleteConflict('MFA VirtualDevice in use. Must deactivate first.')
    }
    ctx.store.table(mfaDevices).delete(device.serialNumber)
    return {}
  },
})

/** Shows a device of a user. */
export const GetMFADevice = operation<GetMFADeviceRequest, GetMFADeviceResponse, UserOrRoot>(
  GetMFADevice$,
  {
    resolve: seekUserOrCaller,
    access: accessToUserOrRoot,
    async handle(input, ctx, sought) {
      const device = await deviceOf(existingUser(sought), input, ctx)
      return {
        UserName: device.userName,
        SerialNumber: device.serialNumber,
        ...(device.enabledAt !== undefined && { EnableDate: wholeSecond(device.enabledAt) }),
      }
    },
  },
)

/** Lists the devices of a user. */
export const ListMFADevices = operation<ListMFADevicesRequest, ListMFADevicesResponse, UserOrRoot>(
  ListMFADevices$,
  {
    resolve: seekUserOrCaller,
    access: accessToUserOrRoot,
    async handle(input, ctx, sought) {
      const serials = sought.root ? [] : existingUser(sought).mfaSerials.toSorted()
      const { items, ...page } = pageOf(serials, (serial) => serial, input)
      const rows = await Promise.all(items.map((serial) => ctx.store.table(mfaDevices).get(serial)))
      return {
        MFADevices: rows
          .filter((row) => row !== undefined)
          .map((row) => ({
            UserName: row.userName,
            SerialNumber: row.serialNumber,
            EnableDate: wholeSecond(row.enabledAt ?? row.createdAt),
          })),
        ...page,
      }
    },
  },
)

/** Lists the account's virtual devices, those of users with their user. */
export const ListVirtualMFADevices = operation<
  ListVirtualMFADevicesRequest,
  ListVirtualMFADevicesResponse
>(ListVirtualMFADevices$, {
  access: accessToAll,
  async handle(input, ctx) {
    const wanted = input.AssignmentStatus ?? 'Any'
    const { items, ...page } = await pageOfTable(ctx.store.table(mfaDevices), input, (row) =>
      wanted === 'Any' ? true : (row.enabledAt !== undefined) === (wanted === 'Assigned'),
    )
    const shown = items.map(async ({ value }) => {
      const user = await ctx.store.table(users).get(keyOf(value.userName ?? ''))
      return {
        SerialNumber: value.serialNumber,
        ...(value.enabledAt !== undefined && { EnableDate: wholeSecond(value.enabledAt) }),
        ...(user && { User: userOut(user) }),
      }
    })
    return { VirtualMFADevices: await Promise.all(shown), ...page }
  },
})

interface Codes {
  readonly AuthenticationCode1?: string | undefined
  readonly AuthenticationCode2?: string | undefined
}

/** The step of the second of two consecutive codes, or InvalidAuthenticationCode. */
function prove(
  device: MfaDeviceRow,
  { AuthenticationCode1: first = '', AuthenticationCode2: second = '' }: Codes,
  around: { at: Date; reach: number },
): number {
  const step = consecutiveStep(device.seed, [first, second], around)
  if (step !== undefined && step > device.lastStep) return step
  throw awsError(
    InvalidAuthenticationCodeException$,
    'Authentication code for device is not valid.',
  )
}

async function deviceOf(
  user: UserRow,
  input: { SerialNumber?: string | undefined },
  ctx: Context,
): Promise<MfaDeviceRow> {
  const sought = await seekDevice(input, ctx)
  if (!sought.row) throw noSuchDevice(sought.serialNumber)
  if (sought.row.userName === user.name) return sought.row
  throw noSuchEntity(
    `Device with serial number ${sought.serialNumber} cannot be found for user ${user.name}.`,
  )
}

function noSuchDevice(serialNumber: string) {
  return noSuchEntity(`MFA Device with serial number ${serialNumber} does not exist.`)
}
