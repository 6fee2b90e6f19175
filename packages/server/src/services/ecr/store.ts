import type {
  EncryptionType,
  ImageTagMutability,
  ImageTagMutabilityExclusionFilter,
} from '@aws-sdk/client-ecr'
import { defineTable } from '../../kernel/store/store.ts'

/** A repository: what it is set to. It holds no images. */
export interface RepositoryRow {
  readonly name: string
  readonly arn: string
  readonly account: string
  readonly region: string
  readonly createdAt: string
  readonly tagMutability: ImageTagMutability
  readonly exclusions?: readonly ImageTagMutabilityExclusionFilter[]
  readonly scanOnPush: boolean
  readonly encryption: { readonly type: EncryptionType; readonly kmsKey?: string }
  /** The resource policy, JSON. */
  readonly policy?: string
  /** JSON. */
  readonly lifecyclePolicy?: string
  readonly tags: Readonly<Record<string, string>>
}
/** The repositories of a registry (an account and Region), by name. */
export const repositories = defineTable<RepositoryRow>({
  name: 'ecr.repositories',
  scope: 'region',
})
