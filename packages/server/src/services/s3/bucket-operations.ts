import type { OperationSchema } from '@bartizan/wire'
import type { Context } from '../../kernel/context.ts'
import { operation, type Operation } from '../../kernel/service.ts'
import {
  bucketAccess,
  findBucket,
  type BucketInput,
  type BucketSubject,
  type Need,
} from './bucket-access.ts'
import { buckets, type BucketRow } from './store.ts'

/** An operation that tells of a bucket's configuration; `need.action` is IAM's name for it. */
export function bucketRead<Input extends BucketInput, Output extends object>(
  schema: OperationSchema,
  need: Need,
  read: (bucket: BucketRow, input: Input, ctx: Context) => Output | Promise<Output>,
): Operation {
  return operation<Input, Output, BucketSubject>(schema, {
    readOnly: true,
    resolve: findBucket,
    access: (_input, ctx, subject) => bucketAccess(ctx, subject, need),
    handle: (input, ctx, { bucket }) => read(bucket, input, ctx),
  })
}

/** An operation that changes a bucket's configuration: `change` gives the bucket as it is to be. */
export function bucketChange<Input extends BucketInput>(
  schema: OperationSchema,
  need: Need | ((input: Input) => Need),
  change: (bucket: BucketRow, input: Input, ctx: Context) => BucketRow | Promise<BucketRow>,
): Operation {
  return operation<Input, object, BucketSubject>(schema, {
    resolve: findBucket,
    access: (input, ctx, subject) =>
      bucketAccess(ctx, subject, typeof need === 'function' ? need(input) : need),
    async handle(input, ctx, { bucket }) {
      ctx.store.table(buckets).put(bucket.name, await change(bucket, input, ctx))
      return {}
    },
  })
}

/** A bucket with one more configuration, or with one less. */
export function withConfiguration(
  bucket: BucketRow,
  name: string,
  value: object | undefined,
): BucketRow {
  const { [name]: _before, ...rest } = bucket.configurations
  return {
    ...bucket,
    configurations: value === undefined ? rest : { ...rest, [name]: plain(value) },
  }
}

/** A configuration as a bucket has it. */
export function configurationOf<Shape extends object>(
  bucket: BucketRow,
  name: string,
): Shape | undefined {
  return bucket.configurations[name] as Shape | undefined
}

/** Plain JSON: dates become ISO 8601. */
function plain(value: object): object {
  return JSON.parse(JSON.stringify(value)) as object
}
