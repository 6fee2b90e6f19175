import { ListTags$, TagResource$, UntagResource$ } from '@aws-sdk/client-lambda'
import type {
  ListTagsRequest,
  ListTagsResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-lambda'
import { parseArn } from '@bartizan/policy'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { requestTagConditions, resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { invalid, notFound } from './errors.ts'
import { eventSourceMappings, functions } from './store.ts'
import { checkTags } from './tagging.ts'

type Tags = Readonly<Record<string, string>>

interface TaggedSubject {
  readonly arn: string
  readonly account: string
  /** undefined when there is no such resource. */
  readonly tags: Tags | undefined
  readonly put: (tags: Tags) => void
}

/** The function or event source mapping of an ARN. Throws InvalidParameterValueException. */
async function findTagged(ctx: Context, arn: string | undefined): Promise<TaggedSubject> {
  const parsed = parseArn(arn ?? '')
  const [kind, name = '', qualifier] = parsed?.resource.split(':') ?? []
  const isKnown = kind === 'function' || kind === 'event-source-mapping'
  if (!parsed || !isKnown || parsed.service !== 'lambda' || parsed.region !== ctx.region) {
    throw invalid(`${arn} is not a valid ARN of a function or event source mapping.`)
  }
  if (qualifier !== undefined) {
    throw invalid(
      'Tags on function aliases and versions are not supported. Please specify either a function ARN.',
    )
  }
  const tables = ctx.store.at({ account: parsed.account })
  const place = { arn: arn ?? '', account: parsed.account }
  if (kind === 'function') {
    const row = await tables.table(functions).get(name)
    const put = (tags: Tags) => row && tables.table(functions).put(name, { ...row, tags })
    return { ...place, tags: row?.tags, put }
  }
  const row = await tables.table(eventSourceMappings).get(name)
  const put = (tags: Tags) => row && tables.table(eventSourceMappings).put(name, { ...row, tags })
  return { ...place, tags: row?.tags, put }
}

function tagAccess(
  { arn, account, tags }: TaggedSubject,
  conditions: Access['conditions'] = {},
): Access {
  const own = resourceTagConditions(tags)
  return {
    resource: arn,
    resourceAccount: account,
    conditions: { ...own, ...conditions },
  }
}

function requireTags({ arn, tags }: TaggedSubject): Tags {
  if (!tags) throw notFound(`Function not found: ${arn}`)
  return tags
}

/** TagResource. */
export const TagResource = operation<TagResourceRequest, object, TaggedSubject>(TagResource$, {
  resolve: (input, ctx) => findTagged(ctx, input.Resource),
  access: (input, _ctx, subject) => tagAccess(subject, requestTagConditions(input.Tags)),
  handle(input, _ctx, subject) {
    subject.put(checkTags({ ...requireTags(subject), ...input.Tags }))
    return {}
  },
})

/** UntagResource. */
export const UntagResource = operation<UntagResourceRequest, object, TaggedSubject>(
  UntagResource$,
  {
    resolve: (input, ctx) => findTagged(ctx, input.Resource),
    access: (input, _ctx, subject) => tagAccess(subject, { 'aws:tagkeys': input.TagKeys ?? [] }),
    handle(input, _ctx, subject) {
      const kept = Object.entries(requireTags(subject)).filter(
        ([key]) => !input.TagKeys?.includes(key),
      )
      subject.put(Object.fromEntries(kept))
      return {}
    },
  },
)

/** ListTags. */
export const ListTags = operation<ListTagsRequest, ListTagsResponse, TaggedSubject>(ListTags$, {
  resolve: (input, ctx) => findTagged(ctx, input.Resource),
  access: (_input, _ctx, subject) => tagAccess(subject),
  handle: (_input, _ctx, subject) => ({ Tags: { ...requireTags(subject) } }),
})
