import {
  GetManagedRuleSet$,
  ListManagedRuleSets$,
  PutManagedRuleSetVersions$,
  UpdateManagedRuleSetVersionExpiryDate$,
} from '@aws-sdk/client-wafv2'
import type {
  GetManagedRuleSetRequest,
  GetManagedRuleSetResponse,
  ListManagedRuleSetsRequest,
  ListManagedRuleSetsResponse,
  PutManagedRuleSetVersionsRequest,
  PutManagedRuleSetVersionsResponse,
  UpdateManagedRuleSetVersionExpiryDateRequest,
  UpdateManagedRuleSetVersionExpiryDateResponse,
} from '@aws-sdk/client-wafv2'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { labelNamespace } from './arns.ts'
import {
  definitionOf,
  definitionText,
  ruleGroupOf,
  type ManagedRuleSetDefinition,
  type PublishedVersion,
} from './definitions.ts'
import {
  entityAccess,
  replaceEntity,
  required,
  seekByArn,
  seekEntity,
  unlocked,
  type EntitySubject,
} from './entities.ts'
import { invalidParameter, nonexistent, reasons } from './errors.ts'
import { entityPage, summaryOf } from './paging.ts'
import type { EntityRow } from './store.ts'

/** GetManagedRuleSet: only accounts that AWS has made vendors have any. */
export const GetManagedRuleSet = operation<
  GetManagedRuleSetRequest,
  GetManagedRuleSetResponse,
  EntitySubject
>(GetManagedRuleSet$, {
  resolve: (input, ctx) => seekEntity('managedruleset', input, ctx),
  access: (_input, _ctx, subject) => entityAccess(subject),
  handle(_input, _ctx, subject) {
    const row = required(subject)
    const { recommended, versions } = definitionOf<ManagedRuleSetDefinition>(row)
    const shown = Object.entries(versions).map(([name, version]) => [name, versionOut(version)])
    return {
      ManagedRuleSet: {
        Name: row.name,
        Id: row.id,
        ARN: row.arn,
        ...(row.description !== undefined && { Description: row.description }),
        PublishedVersions: Object.fromEntries(shown),
        ...(recommended !== undefined && { RecommendedVersion: recommended }),
        LabelNamespace: labelNamespace(row),
      },
      LockToken: row.lockToken,
    }
  },
})

function versionOut({ publishedAtMs, updatedAtMs, expiresAtMs, ...version }: PublishedVersion) {
  return {
    ...version,
    PublishTimestamp: new Date(publishedAtMs),
    LastUpdateTimestamp: new Date(updatedAtMs),
    ...(expiresAtMs !== undefined && { ExpiryTimestamp: new Date(expiresAtMs) }),
  }
}

/** ListManagedRuleSets. */
export const ListManagedRuleSets = operation<
  ListManagedRuleSetsRequest,
  ListManagedRuleSetsResponse
>(ListManagedRuleSets$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const { items, marker } = await entityPage(ctx, 'managedruleset', input)
    const shown = (row: EntityRow) => ({ ...summaryOf(row), LabelNamespace: labelNamespace(row) })
    return { ...marker, ManagedRuleSets: items.map(shown) }
  },
})

async function publishedVersion(
  ctx: Context,
  arn: string,
  days: number | undefined,
): Promise<PublishedVersion> {
  const group = (await seekByArn(ctx, arn, 'rulegroup')).row
  if (!group) throw nonexistent()
  const { Capacity } = ruleGroupOf(group)
  const now = ctx.now.getTime()
  return {
    AssociatedRuleGroupArn: arn,
    Capacity,
    ...(days !== undefined && { ForecastedLifetime: days }),
    publishedAtMs: now,
    updatedAtMs: now,
  }
}

/** PutManagedRuleSetVersions. */
export const PutManagedRuleSetVersions = operation<
  PutManagedRuleSetVersionsRequest,
  PutManagedRuleSetVersionsResponse,
  EntitySubject
>(PutManagedRuleSetVersions$, {
  resolve: (input, ctx) => seekEntity('managedruleset', input, ctx),
  access: (_input, _ctx, subject) => entityAccess(subject),
  async handle({ LockToken, RecommendedVersion, VersionsToPublish = {} }, ctx, subject) {
    const before = unlocked(subject, LockToken)
    const definition = definitionOf<ManagedRuleSetDefinition>(before)
    const versions: Record<string, PublishedVersion> = { ...definition.versions }
    for (const [name, { AssociatedRuleGroupArn = '', ForecastedLifetime }] of Object.entries(
      VersionsToPublish,
    )) {
      versions[name] = await publishedVersion(ctx, AssociatedRuleGroupArn, ForecastedLifetime)
    }
    const recommended = RecommendedVersion ?? definition.recommended
    if (recommended !== undefined && !versions[recommended]) {
      throw invalidParameter('MANAGED_RULE_SET', recommended, reasons.reference)
    }
    const changed: ManagedRuleSetDefinition = {
      versions,
      ...(recommended !== undefined && { recommended }),
    }
    const row = { ...before, definition: definitionText(changed) }
    return { NextLockToken: replaceEntity(ctx, before, row) }
  },
})

/** UpdateManagedRuleSetVersionExpiryDate. */
export const UpdateManagedRuleSetVersionExpiryDate = operation<
  UpdateManagedRuleSetVersionExpiryDateRequest,
  UpdateManagedRuleSetVersionExpiryDateResponse,
  EntitySubject
>(UpdateManagedRuleSetVersionExpiryDate$, {
  resolve: (input, ctx) => seekEntity('managedruleset', input, ctx),
  access: (_input, _ctx, subject) => entityAccess(subject),
  handle({ LockToken, VersionToExpire = '', ExpiryTimestamp = new Date(0) }, ctx, subject) {
    const before = unlocked(subject, LockToken)
    const definition = definitionOf<ManagedRuleSetDefinition>(before)
    const version = definition.versions[VersionToExpire]
    if (!version) throw nonexistent()
    if (ExpiryTimestamp <= ctx.now) {
      const parameter = ExpiryTimestamp.toISOString()
      throw invalidParameter('EXPIRE_TIMESTAMP', parameter, 'The expiry date is in the past.')
    }
    const expiring = {
      ...version,
      updatedAtMs: ctx.now.getTime(),
      expiresAtMs: ExpiryTimestamp.getTime(),
    }
    const versions = { ...definition.versions, [VersionToExpire]: expiring }
    const row = { ...before, definition: definitionText({ ...definition, versions }) }
    const NextLockToken = replaceEntity(ctx, before, row)
    return { ExpiringVersion: VersionToExpire, ExpiryTimestamp, NextLockToken }
  },
})
