import { signedFetch, type TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'

/** A template of an application, made in the tenant's account. */
export async function plant({ endpoint, credentials }: TestServer, loot: Loot): Promise<void> {
  const ApplicationId =
    'arn:aws:serverlessrepo:us-east-1:297356227824:applications/SecretsManagerRotationTemplate'
  const path = `/applications/${encodeURIComponent(ApplicationId)}/templates`
  const request = { service: 'serverlessrepo', credentials, path, body: '{}' }
  const response = await signedFetch(endpoint, request)
  const { templateId: TemplateId } = (await response.json()) as { templateId: string }
  loot.keep({ ApplicationId, TemplateId, SemanticVersion: '1.1.0', StackName: 'canary-stack' })
}
