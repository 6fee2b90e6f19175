import type { Json, JsonObject } from './engine/json.ts'
import { isObject, scalarText } from './engine/json.ts'
import { TemplateError } from './engine/template-error.ts'
import { validation } from './errors.ts'
import { settings } from './store.ts'
import type { StepWork, Undertaking } from './resource-work.ts'

/** Checks a stack policy's structure. Throws ValidationError. */
export function checkPolicyText(text: string): void {
  const statements = statementsIn(text)
  const isSound = statements?.every(
    ({ Effect, Principal, Resource, NotResource, Action, NotAction }) =>
      (Effect === 'Allow' || Effect === 'Deny') &&
      Principal === '*' &&
      (Resource ?? NotResource) !== undefined &&
      (Action ?? NotAction) !== undefined,
  )
  if (!isSound) throw validation('Error validating stack policy: Invalid stack policy')
}

function statementsIn(text: string): readonly JsonObject[] | undefined {
  let document: Json
  try {
    document = JSON.parse(text) as Json
  } catch {
    return undefined
  }
  if (!isObject(document) || document['Statement'] === undefined) return undefined
  const statements = [document['Statement']].flat()
  return statements.every(isObject) ? statements : undefined
}

const actions = {
  create: 'Update:Modify',
  update: 'Update:Modify',
  replace: 'Update:Replace',
  delete: 'Update:Delete',
} as const

/**
 * Refuses a change that the stack's policy does not allow: once there is one, only what it allows
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html).
 */
export async function checkPolicy(
  { ctx, stack, step, rows }: StepWork,
  { verb, typeName }: Undertaking,
): Promise<void> {
  const { deployment } = stack
  const row = rows.get(step.logicalId)
  const isUpdate = deployment?.kind === 'update' && row?.physicalId !== undefined
  if (!isUpdate || row.madeBy === deployment.id) return
  const set = await ctx.store.table(settings).get(stack.uuid)
  const text = set?.policyDuringUpdate ?? set?.policy
  if (text === undefined) return
  const action = verb === 'create' ? actions.replace : actions[verb]
  const resource = `LogicalResourceId/${step.logicalId}`
  const matching = (statementsIn(text) ?? []).filter((statement) =>
    applies(statement, { action, resource, typeName }),
  )
  const isAllowed =
    matching.some(({ Effect }) => Effect === 'Allow') &&
    !matching.some(({ Effect }) => Effect === 'Deny')
  if (!isAllowed) {
    throw new TemplateError(
      `Action denied by stack policy: Statement [#1] does not allow [${action}] for resource [${resource}]`,
    )
  }
}

interface PolicyRequest {
  readonly action: string
  readonly resource: string
  readonly typeName: string
}

function applies(statement: JsonObject, { action, resource, typeName }: PolicyRequest): boolean {
  const { Action, NotAction, Resource, NotResource, Condition } = statement
  const named = Action !== undefined ? matches(Action, action) : !matches(NotAction ?? '', action)
  const about =
    Resource !== undefined ? matches(Resource, resource) : !matches(NotResource ?? '', resource)
  return named && about && conditionHolds(Condition, typeName)
}

function conditionHolds(condition: Json | undefined, typeName: string): boolean {
  if (!isObject(condition)) return true
  return Object.values(condition).every((keys) => {
    const types = isObject(keys) ? keys['ResourceType'] : undefined
    return types === undefined || matches(types, typeName)
  })
}

function matches(patterns: Json, text: string): boolean {
  return [patterns].flat().some((pattern) => {
    const source = (scalarText(pattern as Json) ?? '')
      .replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll('*', '.*')
    return new RegExp(`^${source}$`).test(text)
  })
}
