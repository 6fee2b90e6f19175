import { Organizations } from '@aws-sdk/client-organizations'
import { STS } from '@aws-sdk/client-sts'
import type { TestCredentials, TestServer } from '@bartizan/testkit'

/** An organization of the first account with SCPs and RCPs enabled, as tests begin with. */
export async function newOrganization(bartizan: TestServer) {
  const organizations = bartizan.client(Organizations)
  const { Organization } = await organizations.createOrganization({ FeatureSet: 'ALL' })
  const { Roots } = await organizations.listRoots({})
  const rootId = Roots?.[0]?.Id ?? ''
  for (const PolicyType of ['SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY'] as const) {
    await organizations.enablePolicyType({ RootId: rootId, PolicyType })
  }
  return { organizations, id: Organization?.Id ?? '', rootId }
}

/** Creates an account and waits for it. */
export async function newAccount(organizations: Organizations, name: string): Promise<string> {
  const { CreateAccountStatus } = await organizations.createAccount({
    AccountName: name,
    Email: `${name}@example.com`,
  })
  for (;;) {
    const { CreateAccountStatus: now } = await organizations.describeCreateAccountStatus({
      CreateAccountRequestId: CreateAccountStatus?.Id ?? '',
    })
    if (now?.State === 'FAILED') throw new Error(now.FailureReason)
    if (now?.State === 'SUCCEEDED') return now.AccountId ?? ''
  }
}

/** Credentials of an account's OrganizationAccountAccessRole. */
export async function accessTo(bartizan: TestServer, account: string): Promise<TestCredentials> {
  const { Credentials } = await bartizan.client(STS).assumeRole({
    RoleArn: `arn:aws:iam::${account}:role/OrganizationAccountAccessRole`,
    RoleSessionName: 'test',
  })
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
}

/** The text of a policy with one statement. */
export function policyText(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}
