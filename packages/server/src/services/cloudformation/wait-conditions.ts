import type { AwaitedType, AwaitedWork, Outcome } from './awaited-type.ts'
import { openCallback, tokenOf } from './callbacks.ts'
import { isObject, scalarText, type Json } from './engine/json.ts'
import { TemplateError } from './engine/template-error.ts'
import { callbacks } from './store.ts'
import { goOn } from './wake.ts'

/** Handles may be signalled for as long as they are there. */
const handleYears = 10
const yearMs = 365 * 86_400_000

/** `AWS::CloudFormation::WaitConditionHandle`: an address that signals are put to. */
export const waitConditionHandle: AwaitedType = {
  matches: (type) => type === 'AWS::CloudFormation::WaitConditionHandle',
  replacing: [],
  begin(work) {
    const { ctx, stack, logicalId, verb, before } = work
    if (verb === 'delete') {
      if (before) ctx.store.table(callbacks).delete(tokenOf(before.physicalId))
      return Promise.resolve({ state: 'done' })
    }
    if (before) return Promise.resolve({ state: 'done', resource: before })
    const owner = {
      uuid: stack.uuid,
      logicalId,
      deploymentId: deploymentOf(work),
      verb: 'apply',
    } as const
    const physicalId = openCallback(ctx, owner, new Date(ctx.now.getTime() + handleYears * yearMs))
    return Promise.resolve({ state: 'done', resource: { physicalId, attributes: {} } })
  },
  ask: () => Promise.resolve({ state: 'done' }),
}

/** `AWS::CloudFormation::WaitCondition`: waits for so many signals at its handle. */
export const waitCondition: AwaitedType = {
  matches: (type) => type === 'AWS::CloudFormation::WaitCondition',
  replacing: [],
  begin(work) {
    const { ctx, stack, verb, before, properties } = work
    if (verb === 'delete') return Promise.resolve({ state: 'done' })
    if (verb === 'update') {
      throw new TemplateError(
        'Update to resource type AWS::CloudFormation::WaitCondition is not supported.',
      )
    }
    if (before) return Promise.resolve({ state: 'done', resource: before })
    const seconds = Number(scalarText(properties['Timeout']) ?? 0)
    goOn(
      ctx,
      { uuid: stack.uuid, deploymentId: deploymentOf(work) },
      new Date(ctx.now.getTime() + seconds * 1000),
    )
    return signalled(work)
  },
  ask: signalled,
}

function deploymentOf({ stack }: AwaitedWork): string {
  return stack.deployment?.id ?? ''
}

async function signalled(work: AwaitedWork): Promise<Outcome> {
  const { ctx, properties, step } = work
  const handle = tokenOf(scalarText(properties['Handle']) ?? '')
  const row = await ctx.store.table(callbacks).get(handle)
  if (row && row.deploymentId !== deploymentOf(work)) {
    ctx.store.table(callbacks).put(handle, { ...row, deploymentId: deploymentOf(work) })
  }
  const count = Number(scalarText(properties['Count']) ?? 1)
  const data: Record<string, Json> = {}
  for (const text of row?.answers ?? []) {
    const signal = parsed(text)
    if (signal.Status !== 'SUCCESS') {
      throw new TemplateError(
        `WaitCondition received failed message: '${signal.Reason}' for uniqueId: ${signal.UniqueId}`,
      )
    }
    data[signal.UniqueId] = signal.Data
  }
  if (Object.keys(data).length >= count) {
    const physicalId = `${work.stack.name}-${work.logicalId}-${step.suffix}`
    const attributes = { Data: JSON.stringify(data) }
    return { state: 'done', resource: { physicalId, attributes } }
  }
  const seconds = Number(scalarText(properties['Timeout']) ?? 0)
  const deadline = new Date(step.startedAt ?? ctx.now).getTime() + seconds * 1000
  if (ctx.now.getTime() >= deadline) {
    throw new TemplateError(
      `WaitCondition timed out. Received ${Object.keys(data).length} conditions when expecting ${count}`,
    )
  }
  return { state: 'pending' }
}

function parsed(text: string): { Status: string; Reason: string; UniqueId: string; Data: Json } {
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch {
    value = {}
  }
  const signal = isObject(value) ? value : {}
  const member = (name: string) => scalarText(signal[name]) ?? ''
  return {
    Status: member('Status'),
    Reason: member('Reason'),
    UniqueId: member('UniqueId'),
    Data: signal['Data'] ?? '',
  }
}
