import type { AwaitedType, AwaitedWork, Outcome } from './awaited-type.ts'
import { newStack, startCreate, startDelete, startUpdate } from './deployment-start.ts'
import { isList, isObject, scalarText, type JsonObject } from './engine/json.ts'
import { parameterValues } from './engine/parameters.ts'
import { readTemplate } from './engine/template.ts'
import { TemplateError } from './engine/template-error.ts'
import { callAsStack } from './stack-calls.ts'
import { sameDefinition } from './definitions.ts'
import { stacks, type StackDefinition, type StackRow, type StackTag } from './store.ts'
import { storeValuesOf } from './store-parameters.ts'
import { templateAt } from './template-source.ts'

/** `AWS::CloudFormation::Stack`: a stack within a stack. */
export const nestedStack: AwaitedType = {
  matches: (type) => type === 'AWS::CloudFormation::Stack',
  replacing: [],
  async begin(work) {
    const { ctx, stack, verb, before, step } = work
    const child = before && (await childOf(work, before.physicalId))
    const { deployer } = stack
    if (verb === 'delete') {
      if (!child || child.status === 'DELETE_COMPLETE') return { state: 'done' }
      startDelete(ctx, child, { deployer })
      return { state: 'pending' }
    }
    const definition = await definitionOf(work)
    const { description } = readTemplate(definition.templateText)
    if (verb === 'update' && child) {
      if (sameDefinition(JSON.parse(child.definition) as StackDefinition, definition)) {
        return { state: 'done', resource: before }
      }
      startUpdate(ctx, child, { definition, description, deployer })
      return { state: 'pending' }
    }
    const name = `${stack.name}-${work.logicalId}-${step.suffix}`
    const { uuid, id } = stack
    const made = newStack(ctx, {
      name,
      definition,
      description,
      deployer,
      disableRollback: stack.disableRollback,
      timeoutMinutes: Number(scalarText(work.properties['TimeoutInMinutes']) ?? 0) || undefined,
      parent: { uuid, id, logicalId: work.logicalId },
      rootId: stack.rootId ?? id,
    })
    startCreate(ctx, made)
    return { state: 'pending' }
  },
  async ask(work) {
    const child = await childNow(work)
    if (!child) return work.verb === 'delete' ? { state: 'done' } : { state: 'pending' }
    return outcomeOf(work, child)
  },
}

const good: Readonly<Record<AwaitedWork['verb'], string>> = {
  create: 'CREATE_COMPLETE',
  update: 'UPDATE_COMPLETE',
  delete: 'DELETE_COMPLETE',
}

function outcomeOf({ verb }: AwaitedWork, child: StackRow): Outcome {
  if (child.deployment) return { state: 'pending' }
  if (child.status !== good[verb]) {
    throw new TemplateError(
      `Embedded stack ${child.id} was not successfully ${verb}d: ${child.statusReason ?? child.status}`,
    )
  }
  const outputs = child.outputs.map(({ key, value }) => [`Outputs.${key}`, value])
  return {
    state: 'done',
    resource: { physicalId: child.id, attributes: Object.fromEntries(outputs) },
  }
}

/** The child that this step made or works on. */
async function childNow(work: AwaitedWork): Promise<StackRow | undefined> {
  const { ctx, stack, logicalId, before } = work
  if (before) return childOf(work, before.physicalId)
  const rows = await ctx.store.table(stacks).list({ index: 'parent', equals: stack.uuid })
  const name = `${stack.name}-${logicalId}-${work.step.suffix}`
  return rows.find(({ value }) => value.name === name)?.value
}

async function childOf({ ctx }: AwaitedWork, id: string): Promise<StackRow | undefined> {
  return ctx.store.table(stacks).get(id.slice(id.lastIndexOf('/') + 1))
}

async function definitionOf({ ctx, stack, properties }: AwaitedWork): Promise<StackDefinition> {
  const call = callAsStack(ctx, stack)
  const templateText = await templateAt(call, scalarText(properties['TemplateURL']) ?? '')
  const template = readTemplate(templateText)
  const own = JSON.parse(stack.definition) as StackDefinition
  const given = Object.entries(parametersIn(properties)).map(([name, value]) => {
    const text = isList(value)
      ? value.map((each) => scalarText(each) ?? '').join(',')
      : scalarText(value)
    return [name, { value: text ?? '' }] as const
  })
  const parameters = parameterValues(template.parameters, Object.fromEntries(given))
  const arns = properties['NotificationARNs']
  return {
    templateText,
    parameters,
    storeValues: await storeValuesOf(call, template, parameters),
    tags: tagsOf(properties, own.tags),
    capabilities: own.capabilities,
    notificationArns: isList(arns) ? arns.map((arn) => scalarText(arn) ?? '') : [],
    ...(own.roleArn !== undefined && { roleArn: own.roleArn }),
  }
}

function parametersIn(properties: JsonObject): JsonObject {
  const parameters = properties['Parameters']
  return isObject(parameters) ? parameters : {}
}

function tagsOf(properties: JsonObject, inherited: readonly StackTag[]): StackTag[] {
  const list = properties['Tags']
  const own = (isList(list) ? list : []).flatMap((tag) =>
    isObject(tag)
      ? [{ Key: scalarText(tag['Key']) ?? '', Value: scalarText(tag['Value']) ?? '' }]
      : [],
  )
  return [...own, ...inherited.filter(({ Key }) => !own.some((tag) => tag.Key === Key))]
}
