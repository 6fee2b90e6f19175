import { isStoreParameter } from './engine/parameters.ts'
import type { Template } from './engine/template.ts'
import { validation } from './errors.ts'
import { orRefused, type ServiceCall } from './template-source.ts'

/** What the parameters stand for that name one in Parameter Store. Throws ValidationError. */
export async function storeValuesOf(
  call: ServiceCall,
  { parameters: declared }: Pick<Template, 'parameters'>,
  values: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {}
  for (const [name, { type }] of Object.entries(declared)) {
    const Name = values[name]
    if (!isStoreParameter(type) || Name === undefined) continue
    const answer = await orRefused(`Unable to fetch parameters [${Name}]`, () =>
      call('ssm', 'GetParameters', { Names: [Name] }),
    )
    const { Parameters = [] } = answer as {
      Parameters?: readonly { readonly Type?: string; readonly Value?: string }[]
    }
    const [parameter] = Parameters
    if (parameter?.Value === undefined) {
      throw validation(
        `Unable to fetch parameters [${Name}] from parameter store for this account.`,
      )
    }
    if (parameter.Type === 'SecureString') {
      throw validation(
        `Parameters [${Name}] referenced by template have types not supported by CloudFormation.`,
      )
    }
    found[name] = parameter.Value
  }
  return found
}
