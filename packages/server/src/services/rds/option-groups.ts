import {
  CreateOptionGroup$,
  DeleteOptionGroup$,
  DescribeOptionGroupOptions$,
  DescribeOptionGroups$,
  InvalidOptionGroupStateFault$,
  OptionGroupAlreadyExistsFault$,
  OptionGroupNotFoundFault$,
} from '@aws-sdk/client-rds'
import type {
  CreateOptionGroupMessage,
  CreateOptionGroupResult,
  DeleteOptionGroupMessage,
  DescribeOptionGroupOptionsMessage,
  DescribeOptionGroupsMessage,
  OptionGroup,
  OptionGroupOptionsMessage,
  OptionGroups,
} from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { accessTo, requestTags } from './access.ts'
import { rdsArn } from './arns.ts'
import { engineNames, engineOf, isAurora, isEngine, versionsOf } from './engine-versions.ts'
import { invalidCombination } from './errors.ts'
import { identifierOf } from './identifiers.ts'
import { sliceOf } from './listing.ts'
import { instances, optionGroups, type OptionGroupRow } from './store.ts'
import { mergeTags } from './tagging.ts'

function view(row: OptionGroupRow): OptionGroup {
  return {
    OptionGroupName: row.name,
    OptionGroupArn: row.arn,
    OptionGroupDescription: row.description,
    EngineName: row.engine,
    MajorEngineVersion: row.majorVersion,
    Options: [],
    AllowsVpcAndNonVpcInstanceMemberships: true,
  }
}

async function defaultsIn(ctx: Context): Promise<readonly OptionGroupRow[]> {
  const found = new Map<string, OptionGroupRow>()
  for (const engine of Object.keys(engineNames).filter(isEngine)) {
    for (const { major } of await versionsOf(ctx, engine)) {
      const name = `default:${engine}-${major.replaceAll('.', '-')}`
      const description = `Default option group for ${engine} ${major}`
      const arn = rdsArn(ctx, 'og', name)
      found.set(name, { name, arn, engine, majorVersion: major, description, tags: {} })
    }
  }
  return [...found.values()]
}

async function optionGroupNamed(ctx: Context, name: string): Promise<OptionGroupRow> {
  const key = name.toLowerCase()
  const row = await ctx.store.table(optionGroups).get(key)
  const found = row ?? (await defaultsIn(ctx)).find((each) => each.name === key)
  if (found) return found
  throw awsError(OptionGroupNotFoundFault$, `Specified OptionGroupName: ${name} not found.`)
}

/** CreateOptionGroup: a group without options, as none of the engines here has any. */
export const CreateOptionGroup = operation<CreateOptionGroupMessage, CreateOptionGroupResult>(
  CreateOptionGroup$,
  {
    access: (input, ctx) => ({
      resource: rdsArn(ctx, 'og', (input.OptionGroupName ?? '').toLowerCase()),
      conditions: requestTags(input.Tags),
    }),
    async handle(input, ctx) {
      const name = identifierOf('OptionGroupName', input.OptionGroupName)
      const engine = engineOf(input.EngineName)
      const majorVersion = input.MajorEngineVersion ?? ''
      const offered = await versionsOf(ctx, engine)
      if (isAurora(engine) || !offered.some(({ major }) => major === majorVersion)) {
        throw invalidCombination(`Cannot find major version ${majorVersion} for ${engine}`)
      }
      const table = ctx.store.table(optionGroups)
      if (await table.get(name)) {
        throw awsError(
          OptionGroupAlreadyExistsFault$,
          `An option group named ${name} already exists.`,
        )
      }
      const row: OptionGroupRow = {
        name,
        arn: rdsArn(ctx, 'og', name),
        engine,
        majorVersion,
        description: input.OptionGroupDescription ?? '',
        tags: mergeTags({}, input.Tags),
      }
      table.put(name, row)
      return { OptionGroup: view(row) }
    },
  },
)

/** DescribeOptionGroups, the default ones among them. */
export const DescribeOptionGroups = operation<DescribeOptionGroupsMessage, OptionGroups>(
  DescribeOptionGroups$,
  {
    access: (input, ctx) => ({
      resource: rdsArn(ctx, 'og', input.OptionGroupName?.toLowerCase() ?? '*'),
    }),
    async handle(input, ctx) {
      const { OptionGroupName: name, EngineName: engine, MajorEngineVersion: major } = input
      if (name) return { OptionGroupsList: [view(await optionGroupNamed(ctx, name))] }
      const own = await ctx.store.table(optionGroups).list()
      const all = [...own.map(({ value }) => value), ...(await defaultsIn(ctx))]
      const wanted = all
        .filter((row) => engine === undefined || row.engine === engine)
        .filter((row) => major === undefined || row.majorVersion === major)
        .sort((a, b) => (a.name < b.name ? -1 : 1))
      const page = sliceOf(ctx, 'og', input, wanted)
      return { OptionGroupsList: page.items.map(view), ...page.marker }
    },
  },
)

/** DescribeOptionGroupOptions: no engine here has any. */
export const DescribeOptionGroupOptions = operation<
  DescribeOptionGroupOptionsMessage,
  OptionGroupOptionsMessage
>(DescribeOptionGroupOptions$, {
  access: () => ({ resource: '*' }),
  handle(input) {
    engineOf(input.EngineName)
    return { OptionGroupOptions: [] }
  },
})

/** DeleteOptionGroup: nothing may use it. */
export const DeleteOptionGroup = operation<DeleteOptionGroupMessage, object, OptionGroupRow>(
  DeleteOptionGroup$,
  {
    resolve: (input, ctx) => optionGroupNamed(ctx, input.OptionGroupName ?? ''),
    access: (_input, _ctx, row) => accessTo('og', row),
    async handle(_input, ctx, { name }) {
      const query = { index: 'optionGroup', equals: name, limit: 1 }
      const [user] = await ctx.store.table(instances).list(query)
      if (user || name.startsWith('default:')) {
        throw awsError(
          InvalidOptionGroupStateFault$,
          `The option group '${name}' cannot be deleted because it is in use.`,
        )
      }
      ctx.store.table(optionGroups).delete(name)
      return {}
    },
  },
)
