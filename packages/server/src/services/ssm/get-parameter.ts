import { GetParameter$, GetParameters$ } from '@aws-sdk/client-ssm'
import type {
  GetParameterRequest,
  GetParameterResult,
  GetParametersRequest,
  GetParametersResult,
  Parameter,
} from '@aws-sdk/client-ssm'
import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { accountArn } from './arns.ts'
import { found, parameterAccess, seek, selected } from './parameter-reference.ts'
import type { Sought } from './parameter-reference.ts'
import { parameterShape } from './parameter-shape.ts'
import { secretParameter } from './secret-references.ts'

async function shown(
  ctx: Context,
  sought: Sought,
  isDecrypted: boolean | undefined,
): Promise<Parameter> {
  const { reference } = sought
  if (reference.secret !== undefined) return secretParameter(ctx, sought, isDecrypted)
  const row = found(ctx, sought)
  const facts = await selected(sought, row)
  const { selector } = reference
  return parameterShape(ctx, row, facts, {
    isDecrypted,
    ...(!reference.arn && { name: reference.name }),
    ...(selector !== undefined && { selector }),
  })
}

/** GetParameter: by name or ARN, with or without a version or label. */
export const GetParameter = operation<GetParameterRequest, GetParameterResult, Sought>(
  GetParameter$,
  {
    resolve: (input, ctx) => seek(ctx, input.Name),
    access: (_input, _ctx, sought) => parameterAccess(sought),
    handle: async (input, ctx, sought) => ({
      Parameter: await shown(ctx, sought, input.WithDecryption),
    }),
  },
)

/** A name of a list: what it names, or that it is none. */
interface ListedName {
  readonly name: string
  readonly sought?: Sought
}

async function unless<T>(codes: readonly string[], run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof AwsError && codes.includes(error.code)) return undefined
    throw error
  }
}

const missing = ['ParameterNotFound', 'ParameterVersionNotFound']

/** GetParameters: up to ten at once, in alphabetical order; what is not there is listed apart. */
export const GetParameters = operation<
  GetParametersRequest,
  GetParametersResult,
  readonly ListedName[]
>(GetParameters$, {
  resolve: (input, ctx) =>
    Promise.all(
      [...new Set(input.Names)].map(async (name) => {
        const sought = await unless(['ValidationException'], () => seek(ctx, name))
        return { name, ...(sought && { sought }) }
      }),
    ),
  access: (_input, ctx, names) => {
    const accesses = names.flatMap(({ sought }) => (sought ? [parameterAccess(sought)] : []))
    return accesses.length > 0 ? accesses : { resource: accountArn(ctx) }
  },
  async handle(input, ctx, names) {
    const Parameters: Parameter[] = []
    const InvalidParameters: string[] = []
    for (const { name, sought } of names) {
      const parameter =
        sought && (await unless(missing, () => shown(ctx, sought, input.WithDecryption)))
      if (parameter) Parameters.push(parameter)
      else InvalidParameters.push(name)
    }
    const nameOf = ({ Name = '' }: Parameter): string => Name
    Parameters.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    return { Parameters, InvalidParameters: InvalidParameters.sort() }
  },
})
