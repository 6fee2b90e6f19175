import type { Context } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import { layerArn } from './arns.ts'
import { invalid } from './errors.ts'
import { compiledPolicy } from './function-policy.ts'
import { layerKey, layerVersions, type LayerVersionRow, type VersionRow } from './store.ts'

/** A layer version as an ARN names it. */
export interface LayerReference {
  readonly accountId: string
  readonly region: string
  readonly name: string
  readonly version: number
}

const layerForm = /^arn:[a-z-]+:lambda:([a-z0-9-]+):(\d{12}):layer:([a-zA-Z0-9-_]+):(\d+)$/

/** Reads the ARN of a layer version; undefined when it is none. */
export function readLayerArn(arn: string): LayerReference | undefined {
  const [, region, accountId, name, version] = layerForm.exec(arn) ?? []
  if (!region || !accountId || !name) return undefined
  return { region, accountId, name, version: Number(version) }
}

/** The permission that an operation needs on a layer version. */
export function layerAccess(
  reference: LayerReference,
  row: LayerVersionRow | undefined,
  action?: string,
): Access {
  const resource = layerArn(reference, reference.name, reference.version)
  return {
    ...(action !== undefined && { action: `lambda:${action}` }),
    resource,
    resourceAccount: reference.accountId,
    ...(row?.policy && { resourcePolicy: compiledPolicy(row.policy, resource) }),
  }
}

/** AWS: five layers a function. */
const maxLayers = 5

/** The layers that a function names, each of which the caller may use. Throws InvalidParameterValueException. */
export async function resolveLayers(
  ctx: Context,
  arns: readonly string[],
): Promise<VersionRow['layers']> {
  if (arns.length > maxLayers) {
    throw invalid('Cannot reference more than 5 layers.')
  }
  const layers: { arn: string; size: number }[] = []
  for (const arn of arns) {
    const reference = readLayerArn(arn)
    if (!reference) throw invalid(`Invalid layer version ARN: ${arn}`)
    if (layers.some((each) => readLayerArn(each.arn)?.name === reference.name)) {
      throw invalid(
        `Two different versions of the same layer are not allowed to be referenced in the same function. ${arn} and others are versions of the same layer.`,
      )
    }
    if (reference.region !== ctx.region) {
      throw invalid(`Layers must be in the same region as the function: ${arn}`)
    }
    const row = await ctx.store
      .at({ account: reference.accountId })
      .table(layerVersions)
      .get(layerKey(reference.name, reference.version))
    await ctx.require(layerAccess(reference, row, 'GetLayerVersion'))
    if (!row) throw invalid(`Layer version ${arn} does not exist.`)
    layers.push({ arn, size: row.code.size })
  }
  return layers
}
