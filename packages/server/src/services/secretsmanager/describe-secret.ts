import { DescribeSecret$ } from '@aws-sdk/client-secrets-manager'
import type { DescribeSecretRequest, DescribeSecretResponse } from '@aws-sdk/client-secrets-manager'
import { operation } from '../../kernel/service.ts'
import { found, secretAccess, seekSecret } from './secret-reference.ts'
import type { SoughtSecret } from './secret-reference.ts'
import { description } from './secret-shape.ts'

/** DescribeSecret, of secrets that wait for their deletion too. */
export const DescribeSecret = operation<
  DescribeSecretRequest,
  DescribeSecretResponse,
  SoughtSecret
>(DescribeSecret$, {
  resolve: (input, ctx) => seekSecret(ctx, input.SecretId),
  access: (_input, ctx, sought) => secretAccess(ctx, sought),
  handle: (_input, ctx, sought) => description(ctx, found(sought).row),
})
