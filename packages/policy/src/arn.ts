/** An Amazon Resource Name; a plain string that a signature can mark as one. */
export type Arn = string & { readonly __brand?: 'Arn' }

/** The fields of an ARN; `resource` keeps everything after the fifth colon. */
export interface ParsedArn {
  readonly partition: string
  readonly service: string
  readonly region: string
  readonly account: string
  readonly resource: string
}

/** Splits at the first five colons, as ARNs are written; shorter texts give fewer fields. */
export function splitArn(text: string): string[] {
  const fields: string[] = []
  let start = 0
  while (fields.length < 5) {
    const colon = text.indexOf(':', start)
    if (colon < 0) break
    fields.push(text.slice(start, colon))
    start = colon + 1
  }
  fields.push(text.slice(start))
  return fields
}

/** Reads an ARN of six fields; `undefined` for anything else. */
export function parseArn(text: string): ParsedArn | undefined {
  const [prefix, partition, service, region, account, resource] = splitArn(text)
  if (prefix !== 'arn' || !partition || !service || !resource) return undefined
  if (region === undefined || account === undefined) return undefined
  return { partition, service, region, account, resource }
}
