import type { StaticErrorSchema } from '@smithy/types'

/** An error that a caller of the API is meant to see, by AWS's code and wording. */
export class AwsError extends Error {
  readonly code: string
  readonly fault: 'client' | 'server'
  readonly status: number | undefined
  readonly schema: StaticErrorSchema | undefined
  /** Response headers that come with the error. */
  readonly headers: Readonly<Record<string, string>> | undefined
  /** Further modelled members of the error's shape. */
  readonly fields: Readonly<Record<string, unknown>>

  constructor(spec: {
    code: string
    message: string
    fault?: 'client' | 'server'
    status?: number
    schema?: StaticErrorSchema
    headers?: Readonly<Record<string, string>>
    fields?: Readonly<Record<string, unknown>>
  }) {
    super(spec.message)
    this.name = spec.code
    this.code = spec.code
    this.fault = spec.fault ?? 'client'
    this.status = spec.status
    this.schema = spec.schema
    this.headers = spec.headers
    this.fields = spec.fields ?? {}
  }
}

/** An error of the service's own model: `throw awsError(NotFoundException$, "Key '…' does not exist")`. */
export function awsError(
  schema: StaticErrorSchema,
  message: string,
  fields?: Readonly<Record<string, unknown>>,
): AwsError {
  const traits = schema[3]
  const fault = typeof traits === 'object' && traits.error === 'server' ? 'server' : 'client'
  return new AwsError({ code: schema[2], message, fault, schema, ...(fields && { fields }) })
}

/** An error that no model lists, such as AccessDeniedException or ValidationException. */
export function commonError(code: string, message: string, status?: number): AwsError {
  const fault = status !== undefined && status >= 500 ? 'server' : 'client'
  return new AwsError({ code, message, fault, ...(status !== undefined && { status }) })
}
