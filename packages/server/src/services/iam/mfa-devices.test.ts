import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteUserCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  IAMClient,
  ListMFADevicesCommand,
  ListUsersCommand,
  ListVirtualMFADevicesCommand,
  PutUserPolicyCommand,
  ResyncMFADeviceCommand,
} from '@aws-sdk/client-iam'
import { AssumeRoleCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { startTestServer } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { systemClock } from '../../kernel/clock.ts'
import { totpCode, totpStep } from '../../kernel/identity/totp.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const iam = bartizan.client(IAMClient)
const { accountId } = bartizan
const step = () => totpStep(systemClock().machine())

async function makeDevice(VirtualMFADeviceName: string) {
  const { VirtualMFADevice } = await iam.send(
    new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName }),
  )
  const seed = Buffer.from(VirtualMFADevice?.Base32StringSeed ?? []).toString()
  return { SerialNumber: VirtualMFADevice?.SerialNumber, seed, made: VirtualMFADevice }
}

/** Codes of two consecutive steps that end `before` steps ago, so that a later one is left to use. */
function twoCodes(seed: string, before = 2) {
  const last = step() - before
  return {
    AuthenticationCode1: totpCode(seed, last - 1),
    AuthenticationCode2: totpCode(seed, last),
  }
}

test('a device comes with a seed and a QR code, and is enabled by two consecutive codes', async () => {
  const UserName = 'phone'
  await iam.send(new CreateUserCommand({ UserName }))
  const { SerialNumber, seed, made } = await makeDevice('phone')
  assert.equal(SerialNumber, `arn:aws:iam::${accountId}:mfa/phone`)
  assert.match(seed, /^[A-Z2-7]{64}$/)
  assert.equal(Buffer.from(made?.QRCodePNG ?? []).toString('latin1', 1, 4), 'PNG')
  const enable = (codes: ReturnType<typeof twoCodes>) =>
    iam.send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...codes }))
  const codes = twoCodes(seed)
  const swapped = {
    AuthenticationCode1: codes.AuthenticationCode2,
    AuthenticationCode2: codes.AuthenticationCode1,
  }
  await assert.rejects(enable(swapped), {
    name: 'InvalidAuthenticationCodeException',
    message: 'Authentication code for device is not valid.',
  })
  await enable(codes)
  const { MFADevices } = await iam.send(new ListMFADevicesCommand({ UserName }))
  assert.equal(MFADevices?.[0]?.SerialNumber, SerialNumber)
  const assigned = await iam.send(
    new ListVirtualMFADevicesCommand({ AssignmentStatus: 'Assigned' }),
  )
  assert.equal(assigned.VirtualMFADevices?.[0]?.User?.UserName, UserName)
  await assert.rejects(iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber })), {
    name: 'DeleteConflictException',
  })
  await assert.rejects(iam.send(new DeleteUserCommand({ UserName })), {
    message: 'Cannot delete entity, must delete MFA device first.',
  })
  await iam.send(new DeactivateMFADeviceCommand({ UserName, SerialNumber }))
  await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }))
  await iam.send(new DeleteUserCommand({ UserName }))
})

test('a code opens a role that asks for MFA, once', async () => {
  const UserName = 'strong'
  await iam.send(new CreateUserCommand({ UserName }))
  const { SerialNumber, seed } = await makeDevice('strong')
  await iam.send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...twoCodes(seed) }))
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['sts:AssumeRole', 'iam:ListUsers'], Resource: '*' }],
  })
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: accountId },
        Action: 'sts:AssumeRole',
        Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
      },
    ],
  })
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'guarded', AssumeRolePolicyDocument }),
  )
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  const sts = bartizan.client(STSClient, { credentials })
  const assume = (mfa: { SerialNumber?: string | undefined; TokenCode?: string }) =>
    sts.send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 's1', ...mfa }))
  await assert.rejects(assume({}), { name: 'AccessDenied' })
  const right = { SerialNumber, TokenCode: totpCode(seed, step()) }
  const wrong = { SerialNumber, TokenCode: totpCode(seed, step() + 50) }
  await assert.rejects(assume(wrong), {
    name: 'AccessDenied',
    message: 'MultiFactorAuthentication failed with invalid MFA one time pass code. ',
  })
  await assume(right)
  await assert.rejects(assume(right), { message: /invalid MFA one time pass code/ })

  const bare = await sts.send(new GetSessionTokenCommand({}))
  const bareIam = bartizan.client(IAMClient, {
    credentials: {
      accessKeyId: bare.Credentials?.AccessKeyId ?? '',
      secretAccessKey: bare.Credentials?.SecretAccessKey ?? '',
      sessionToken: bare.Credentials?.SessionToken ?? '',
    },
  })
  await assert.rejects(bareIam.send(new ListUsersCommand({})), { name: 'InvalidClientTokenId' })
})

test('a device whose clock is wrong is synchronised anew', async () => {
  const UserName = 'late'
  await iam.send(new CreateUserCommand({ UserName }))
  const { SerialNumber, seed } = await makeDevice('late')
  await iam.send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...twoCodes(seed) }))
  const ahead = twoCodes(seed, -40)
  await iam.send(new ResyncMFADeviceCommand({ UserName, SerialNumber, ...ahead }))
  await assert.rejects(
    iam.send(new ResyncMFADeviceCommand({ UserName, SerialNumber, ...twoCodes(seed, -400) })),
    { name: 'InvalidAuthenticationCodeException' },
  )
})
