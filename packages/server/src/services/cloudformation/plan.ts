import type { Context } from '../../kernel/context.ts'
import { dependenciesOf } from './engine/dependencies.ts'
import { isWanted, knownResource, readDefinition, resourcesOf, scopeOf } from './stack-scope.ts'
import { requireUnused } from './outputs.ts'
import type { Deployment, ResourcePast, ResourceRow, StackRow, Step } from './store.ts'

/** The steps of the phase that a deployment enters. */
export async function stepsOf(
  ctx: Context,
  stack: StackRow,
  deployment: Deployment,
): Promise<readonly Step[]> {
  const rows = await resourcesOf(ctx, stack.uuid)
  switch (deployment.phase) {
    case 'forward':
      return applySteps(ctx, stack, rows)
    case 'rollback':
      return restoreSteps(ctx, rows)
    case 'cleanup':
      if (deployment.kind === 'update') return cleanupSteps(ctx, stack, rows)
      await requireUnused(ctx, stack)
      return removeSteps(ctx, rows, [...rows.keys()])
    case 'rollback-cleanup':
      return removeSteps(ctx, rows, madeOrDiscarded(rows, deployment))
  }
}

async function applySteps(
  ctx: Context,
  stack: StackRow,
  rows: ReadonlyMap<string, ResourceRow>,
): Promise<Step[]> {
  const read = readDefinition(stack.definition)
  const scope = await scopeOf(ctx, stack, read, (name) => knownResource(rows.get(name)))
  const wanted = isWanted(read.template, scope)
  const dependencies = dependenciesOf(read.template, wanted)
  return [...dependencies].map(([logicalId, needs]) => newStep(ctx, logicalId, 'apply', needs))
}

/** What the update had touched goes back, what was needed first. */
function restoreSteps(ctx: Context, rows: ReadonlyMap<string, ResourceRow>): Step[] {
  const touched = [...rows.values()].filter(({ past }) => past !== '')
  const ids = new Set(touched.map(({ logicalId }) => logicalId))
  return touched.map(({ logicalId, past }) => {
    const { needs } = JSON.parse(past) as ResourcePast
    const within = needs.filter((name) => ids.has(name))
    return newStep(ctx, logicalId, 'restore', within)
  })
}

/** What an update leaves behind: resources that are wanted no more, and those that were replaced. */
async function cleanupSteps(
  ctx: Context,
  stack: StackRow,
  rows: ReadonlyMap<string, ResourceRow>,
): Promise<Step[]> {
  const read = readDefinition(stack.definition)
  const scope = await scopeOf(ctx, stack, read, (name) => knownResource(rows.get(name)))
  const wanted = isWanted(read.template, scope)
  const left = [...rows.values()].filter((row) => !wanted(row.logicalId) || row.discarded !== '')
  return removeSteps(
    ctx,
    rows,
    left.map(({ logicalId }) => logicalId),
  )
}

function madeOrDiscarded(
  rows: ReadonlyMap<string, ResourceRow>,
  { id, kind }: Deployment,
): string[] {
  return [...rows.values()]
    .filter((row) => kind === 'create' || row.madeBy === id || row.discarded !== '')
    .map(({ logicalId }) => logicalId)
}

/** Deletes in the order in which nothing is deleted that another one still needs. */
function removeSteps(
  ctx: Context,
  rows: ReadonlyMap<string, ResourceRow>,
  ids: readonly string[],
): Step[] {
  const going = new Set(ids)
  return ids.map((logicalId) => {
    const users = [...rows.values()].filter(
      (row) => going.has(row.logicalId) && needsOf(row).includes(logicalId),
    )
    return newStep(
      ctx,
      logicalId,
      'remove',
      users.map((row) => row.logicalId),
    )
  })
}

function needsOf({ needs, discarded }: ResourceRow): readonly string[] {
  return discarded === '' ? needs : (JSON.parse(discarded) as ResourcePast).needs
}

function newStep(
  ctx: Context,
  logicalId: string,
  verb: Step['verb'],
  needs: readonly string[],
): Step {
  const suffix = ctx.ids.unique('', 12)
  return { logicalId, verb, needs, state: 'waiting', suffix }
}
