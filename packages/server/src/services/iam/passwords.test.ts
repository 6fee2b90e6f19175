import {
  ChangePasswordCommand,
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  DeleteUserPolicyCommand,
  GetAccountPasswordPolicyCommand,
  IAMClient,
  PutUserPolicyCommand,
  UpdateAccountPasswordPolicyCommand,
} from '@aws-sdk/client-iam'
import { startTestServer } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'

const bartizan = await startTestServer()
after(() => bartizan.close())
const iam = bartizan.client(IAMClient)

test('without a policy of the account a password is of three kinds of characters', async () => {
  const UserName = 'mixed'
  await iam.send(new CreateUserCommand({ UserName }))
  await assert.rejects(
    iam.send(new CreateLoginProfileCommand({ UserName, Password: 'lettersand1' })),
    {
      name: 'PasswordPolicyViolationException',
      message: 'Password does not conform to the account password policy.',
    },
  )
  await iam.send(new CreateLoginProfileCommand({ UserName, Password: 'Lettersand1' }))
})

test('an account can let all its users change their own passwords', async () => {
  const UserName = 'unprivileged'
  await iam.send(new CreateUserCommand({ UserName }))
  await iam.send(new CreateLoginProfileCommand({ UserName, Password: 'The-old-one' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  const own = bartizan.client(IAMClient, { credentials })
  const change = () =>
    own.send(new ChangePasswordCommand({ OldPassword: 'The-old-one', NewPassword: 'The-new-one' }))
  await assert.rejects(change(), { name: 'AccessDenied', message: /not authorized/ })
  const AllowUsersToChangePassword = true
  await iam.send(new UpdateAccountPasswordPolicyCommand({ AllowUsersToChangePassword }))
  await own.send(new GetAccountPasswordPolicyCommand({}))
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: 'iam:ChangePassword', Resource: '*' }],
  })
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'no', PolicyDocument }))
  await assert.rejects(change(), { name: 'AccessDenied', message: /explicit deny/ })
  await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'no' }))
  await change()
})
