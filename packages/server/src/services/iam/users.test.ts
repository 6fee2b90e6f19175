import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteGroupCommand,
  DeleteUserCommand,
  DetachUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetGroupCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListGroupsForUserCommand,
  ListUsersCommand,
  ListUserTagsCommand,
  paginateListUsers,
  RemoveUserFromGroupCommand,
  TagUserCommand,
  UntagUserCommand,
  UpdateAccessKeyCommand,
  UpdateGroupCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam'
import { startTestServer } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { currentKeys } from '../../kernel/bootstrap.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const iam = bartizan.client(IAMClient)
const { accountId } = bartizan
const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess'

test('a user comes back as it was made', async () => {
  const Tags = [{ Key: 'Team', Value: 'red' }]
  const made = await iam.send(new CreateUserCommand({ UserName: 'Ann', Path: '/staff/', Tags }))
  assert.match(made.User?.UserId ?? '', /^AIDA[A-Z2-7]{17}$/)
  assert.equal(made.User?.Arn, `arn:aws:iam::${accountId}:user/staff/Ann`)
  const { User } = await iam.send(new GetUserCommand({ UserName: 'Ann' }))
  assert.deepEqual(User, made.User)
  assert.deepEqual(User?.Tags, Tags)
})

test('names are unique without regard to case', async () => {
  await iam.send(new CreateUserCommand({ UserName: 'Bob' }))
  await assert.rejects(iam.send(new CreateUserCommand({ UserName: 'bOB' })), {
    name: 'EntityAlreadyExistsException',
    message: 'User with name bOB already exists.',
  })
})

test('a user that is not there is NoSuchEntity', async () => {
  await assert.rejects(iam.send(new GetUserCommand({ UserName: 'nobody' })), {
    name: 'NoSuchEntityException',
    message: 'The user with name nobody cannot be found.',
  })
})

test('without a name GetUser shows the caller', async () => {
  const { User } = await iam.send(new GetUserCommand({}))
  assert.equal(User?.UserName, 'admin')
})

test('renaming takes keys and groups along', async () => {
  await iam.send(new CreateUserCommand({ UserName: 'carl' }))
  await iam.send(new CreateGroupCommand({ GroupName: 'Writers' }))
  await iam.send(new AddUserToGroupCommand({ UserName: 'carl', GroupName: 'writers' }))
  await iam.send(new CreateAccessKeyCommand({ UserName: 'carl' }))
  await iam.send(new UpdateUserCommand({ UserName: 'carl', NewUserName: 'carla', NewPath: '/x/' }))
  const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName: 'carla' }))
  assert.deepEqual(
    AccessKeyMetadata?.map(({ UserName }) => UserName),
    ['carla'],
  )
  await iam.send(new UpdateGroupCommand({ GroupName: 'writers', NewGroupName: 'Authors' }))
  const { Users } = await iam.send(new GetGroupCommand({ GroupName: 'authors' }))
  assert.deepEqual(
    Users?.map(({ Arn }) => Arn),
    [`arn:aws:iam::${accountId}:user/x/carla`],
  )
  const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: 'carla' }))
  assert.deepEqual(
    Groups?.map(({ GroupName }) => GroupName),
    ['Authors'],
  )
})

test('a user is deleted only when nothing is left of it', async () => {
  const UserName = 'dora'
  await iam.send(new CreateUserCommand({ UserName }))
  await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: readOnly }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  await iam.send(new CreateGroupCommand({ GroupName: 'doras' }))
  await iam.send(new AddUserToGroupCommand({ UserName, GroupName: 'doras' }))
  const refused = (what: string) => ({
    name: 'DeleteConflictException',
    message: `Cannot delete entity, must ${what} first.`,
  })
  const remove = () => iam.send(new DeleteUserCommand({ UserName }))
  await assert.rejects(remove(), refused('detach all policies'))
  await iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn: readOnly }))
  await assert.rejects(remove(), refused('remove users from group'))
  const deleteGroup = () => iam.send(new DeleteGroupCommand({ GroupName: 'doras' }))
  await assert.rejects(deleteGroup(), refused('remove users from group'))
  await iam.send(new RemoveUserFromGroupCommand({ UserName, GroupName: 'doras' }))
  await deleteGroup()
  await assert.rejects(remove(), refused('delete access keys'))
  const AccessKeyId = AccessKey?.AccessKeyId
  await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }))
  await remove()
  await assert.rejects(iam.send(new GetUserCommand({ UserName })), {
    name: 'NoSuchEntityException',
  })
})

test('a user has two access keys at most, and an inactive one does not sign', async () => {
  const UserName = 'emil'
  await iam.send(new CreateUserCommand({ UserName }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  await iam.send(new CreateAccessKeyCommand({ UserName }))
  await assert.rejects(iam.send(new CreateAccessKeyCommand({ UserName })), {
    name: 'LimitExceededException',
    message: 'Cannot exceed quota for AccessKeysPerUser: 2',
  })
  const AccessKeyId = AccessKey?.AccessKeyId ?? ''
  const credentials = {
    accessKeyId: AccessKeyId,
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  const own = bartizan.client(IAMClient, { credentials })
  await assert.rejects(own.send(new ListUsersCommand({})), { name: 'AccessDenied' })
  await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' }))
  await assert.rejects(own.send(new ListUsersCommand({})), { name: 'InvalidClientTokenId' })
})

test('keys made at once are no more than the quota, where writes wait for the disk', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bartizan-keys-'))
  const durable = await startTestServer({ BARTIZAN_DATA_DIR: folder })
  try {
    const there = durable.client(IAMClient)
    for (const UserName of ['hasty', 'hurried', 'rash']) {
      await there.send(new CreateUserCommand({ UserName }))
      const made = await Promise.allSettled(
        Array.from({ length: 12 }, () => there.send(new CreateAccessKeyCommand({ UserName }))),
      )
      assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 2)
    }
    const keys = await currentKeys(durable.server.kernel.store, durable.accountId)
    const root = durable.client(IAMClient, keys.root && { credentials: keys.root })
    const made = await Promise.allSettled(
      Array.from({ length: 12 }, () => root.send(new CreateAccessKeyCommand({}))),
    )
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1)
  } finally {
    await durable.close()
    rmSync(folder, { recursive: true })
  }
})

test('the last use of a key is known', async () => {
  const AccessKeyId = bartizan.credentials.accessKeyId
  const used = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))
  assert.equal(used.UserName, 'admin')
  assert.equal(used.AccessKeyLastUsed?.ServiceName, 'iam')
  assert.ok(used.AccessKeyLastUsed?.LastUsedDate instanceof Date)
})

test('a call that is refused uses its key all the same', async () => {
  const UserName = 'refused'
  await iam.send(new CreateUserCommand({ UserName }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const AccessKeyId = AccessKey?.AccessKeyId ?? ''
  const credentials = {
    accessKeyId: AccessKeyId,
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  const own = bartizan.client(IAMClient, { credentials })
  await assert.rejects(own.send(new ListUsersCommand({})), { name: 'AccessDenied' })
  const { AccessKeyLastUsed } = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))
  assert.equal(AccessKeyLastUsed?.ServiceName, 'iam')
})

test('tag keys are one without regard to case, and untagging finds them so', async () => {
  const UserName = 'fay'
  await iam.send(new CreateUserCommand({ UserName }))
  const tag = (...Tags: { Key: string; Value: string }[]) =>
    iam.send(new TagUserCommand({ UserName, Tags }))
  await tag({ Key: 'Cost', Value: '1' }, { Key: 'Other', Value: '2' })
  await tag({ Key: 'cost', Value: '3' })
  await assert.rejects(tag({ Key: 'a', Value: '1' }, { Key: 'A', Value: '1' }), {
    name: 'InvalidInputException',
  })
  await iam.send(new UntagUserCommand({ UserName, TagKeys: ['OTHER'] }))
  const { Tags } = await iam.send(new ListUserTagsCommand({ UserName }))
  assert.deepEqual(Tags, [{ Key: 'cost', Value: '3' }])
})

test('a listing in pages of two shows every user of a path once', async () => {
  const names = ['p1', 'p2', 'p3', 'p4', 'p5']
  for (const UserName of names) {
    await iam.send(new CreateUserCommand({ UserName, Path: '/paged/' }))
  }
  const found: (string | undefined)[] = []
  let pages = 0
  const config = { client: iam, pageSize: 2 }
  for await (const { Users } of paginateListUsers(config, { PathPrefix: '/paged/' })) {
    found.push(...(Users ?? []).map(({ UserName }) => UserName))
    pages += 1
  }
  assert.deepEqual(found, names)
  assert.equal(pages, 3)
  await assert.rejects(iam.send(new ListUsersCommand({ Marker: 'not a marker' })), {
    name: 'ValidationError',
  })
})
