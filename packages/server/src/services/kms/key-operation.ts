import type { GrantOperation, RecipientInfo } from '@aws-sdk/client-kms'
import type { OperationSchema } from '@bartizan/wire'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import type { Operation } from '../../kernel/service.ts'
import { contextConditions, keyAccess, noteUse } from './authorisation.ts'
import type { Conditions } from './authorisation.ts'
import type { KeySubject } from './key-reference.ts'
import { anyKey } from './keys.ts'
import { checkRecipient, recipientConditions } from './recipients.ts'

/** What the requests of cryptographic operations on one key have in common. */
export interface KeyInput {
  readonly KeyId?: string | undefined
  readonly EncryptionContext?: Readonly<Record<string, string>> | undefined
  readonly GrantTokens?: readonly string[] | undefined
  readonly Recipient?: RecipientInfo | undefined
}

/** What a cryptographic operation on one key does beyond what all of them do. */
export interface KeyOperationSpec<Input, Output> {
  readonly check?: (input: Input) => void
  /** The condition keys of its algorithm; the encryption context and attestation come by themselves. */
  readonly conditions: (input: Input) => Conditions
  /** Set where grant constraints on the encryption context apply. */
  readonly takesContext?: true
  readonly use: (input: Input, ctx: Context, subject: KeySubject) => Promise<Output>
}

/**
 * A cryptographic operation on one key that a grant of the same name may allow: finds the key, asks
 * for the permission with the condition keys, and notes the use when it succeeded.
 */
export function keyOperation<Input extends KeyInput, Output extends object>(
  schema: OperationSchema,
  spec: KeyOperationSpec<Input, Output>,
): Operation {
  const name = schema[2] as GrantOperation
  return operation<Input, Output, KeySubject>(schema, {
    readOnly: true,
    check(input) {
      spec.check?.(input)
      checkRecipient(input.Recipient)
    },
    resolve: (input, ctx) => anyKey(ctx, input.KeyId, name),
    access(input, ctx, subject) {
      const { EncryptionContext: context, Recipient: recipient } = input
      const conditions = { ...spec.conditions(input), ...contextConditions(context) }
      const grant = { operation: name, ...(spec.takesContext && { context: context ?? {} }) }
      const use = { conditions, grant, grantTokens: input.GrantTokens }
      if (!recipient) return keyAccess(ctx, subject, use)
      return recipientConditions(ctx, recipient).then((attested) =>
        keyAccess(ctx, subject, { ...use, conditions: { ...conditions, ...attested } }),
      )
    },
    async handle(input, ctx, subject) {
      const output = await spec.use(input, ctx, subject)
      noteUse(ctx, subject, name)
      return output
    },
  })
}
