import { InvalidEventSelectorsException$ } from '@aws-sdk/client-cloudtrail'
import type {
  AdvancedEventSelector,
  AdvancedFieldSelector,
  EventSelector,
} from '@aws-sdk/client-cloudtrail'
import type { AuditRecord } from '../../kernel/audit-record.ts'
import { awsError } from '../../kernel/errors.ts'
import type { AwsError } from '../../kernel/errors.ts'
import type { TrailRow } from './trail-store.ts'

const invalid = (message: string): AwsError => awsError(InvalidEventSelectorsException$, message)

const basicDataTypes = ['AWS::S3::Object', 'AWS::Lambda::Function', 'AWS::DynamoDB::Table']
const excludable = ['kms.amazonaws.com', 'rdsdata.amazonaws.com']
const maxSelectors = 5
const maxDataResources = 250

/** The rules of basic selectors (API reference of EventSelector). */
export function checkSelectors(selectors: readonly EventSelector[]): void {
  if (selectors.length > maxSelectors) {
    throw invalid(`A trail can have at most ${maxSelectors} event selectors.`)
  }
  let count = 0
  for (const { DataResources = [], ExcludeManagementEventSources = [] } of selectors) {
    for (const source of ExcludeManagementEventSources) {
      if (!excludable.includes(source)) {
        throw invalid(`ExcludeManagementEventSources can only contain ${excludable.join(' and ')}.`)
      }
    }
    for (const { Type = '', Values = [] } of DataResources) {
      if (!basicDataTypes.includes(Type)) {
        throw invalid(
          `The data resource type ${Type} is not valid: use ${basicDataTypes.join(', ')}.`,
        )
      }
      for (const value of Values) {
        if (!value.startsWith('arn:'))
          throw invalid(`Value ${value} for DataResources.Values is invalid.`)
      }
      count += Values.length
    }
  }
  if (count > maxDataResources) {
    throw invalid(`A trail can have at most ${maxDataResources} data resources.`)
  }
}

const fields = [
  'readOnly',
  'eventSource',
  'eventName',
  'eventCategory',
  'eventType',
  'resources.type',
  'resources.ARN',
  'sessionCredentialFromConsole',
  'userIdentity.arn',
  'vpcEndpointId',
  'errorCode',
]
const categories = ['Management', 'Data', 'NetworkActivity']

/** The rules of advanced selectors (API reference of AdvancedEventSelector). */
export function checkAdvancedSelectors(selectors: readonly AdvancedEventSelector[]): void {
  for (const { FieldSelectors = [] } of selectors) {
    const category = FieldSelectors.find(({ Field }) => Field === 'eventCategory')?.Equals ?? []
    if (category.length !== 1 || !categories.includes(category[0] ?? '')) {
      throw invalid('An advanced event selector needs eventCategory with Equals and one category.')
    }
    const types = FieldSelectors.find(({ Field }) => Field === 'resources.type')?.Equals ?? []
    if (category[0] === 'Data' && types.length !== 1) {
      throw invalid('An advanced event selector for data events needs resources.type with Equals.')
    }
    for (const selector of FieldSelectors) {
      if (!fields.includes(selector.Field ?? '')) {
        throw invalid(`The field ${selector.Field} is not valid in an advanced event selector.`)
      }
      if (testsOf(selector).length === 0) {
        throw invalid(`The field ${selector.Field} of an advanced event selector has no operator.`)
      }
    }
  }
}

/** Whether a trail records an event. */
export function isSelected(trail: TrailRow, record: AuditRecord): boolean {
  if (trail.advancedSelectors.length > 0) {
    return trail.advancedSelectors.some((selector) => matchesAdvanced(selector, record))
  }
  return trail.selectors.some((selector) => matchesBasic(selector, record))
}

function matchesBasic(selector: EventSelector, record: AuditRecord): boolean {
  const { ReadWriteType = 'All', IncludeManagementEvents = true } = selector
  if (ReadWriteType === 'ReadOnly' && !record.readOnly) return false
  if (ReadWriteType === 'WriteOnly' && record.readOnly) return false
  if (record.eventCategory === 'Management') {
    const excluded = selector.ExcludeManagementEventSources ?? []
    return IncludeManagementEvents && !excluded.includes(record.eventSource)
  }
  return (selector.DataResources ?? []).some(({ Type = '', Values = [] }) =>
    (record.resources ?? []).some(
      ({ type, ARN }) => type === Type && Values.some((value) => covers(Type, value, ARN)),
    ),
  )
}

/** A value names a resource; `arn:aws:s3` and `arn:aws:lambda` all of them; of S3 a prefix too. */
function covers(type: string, value: string, arn: string): boolean {
  if (/^arn:[a-z-]+:(s3|lambda|dynamodb)(:::)?$/.test(value)) return true
  return type === 'AWS::S3::Object' ? arn.startsWith(value) : arn === value
}

function matchesAdvanced(
  { FieldSelectors = [] }: AdvancedEventSelector,
  record: AuditRecord,
): boolean {
  return FieldSelectors.every((selector) => {
    const tests = testsOf(selector)
    const values = valuesOf(selector.Field ?? '', record)
    const positive = tests.filter(({ isNegative }) => !isNegative)
    const negative = tests.filter(({ isNegative }) => isNegative)
    const isWanted =
      positive.length === 0 || values.some((value) => positive.some((test) => test.matches(value)))
    return isWanted && values.every((value) => !negative.some((test) => test.matches(value)))
  })
}

interface FieldTest {
  readonly isNegative: boolean
  matches(value: string): boolean
}

function testsOf(selector: AdvancedFieldSelector): FieldTest[] {
  const tests = (
    patterns: readonly string[] | undefined,
    isNegative: boolean,
    matches: (value: string, pattern: string) => boolean,
  ): FieldTest[] =>
    (patterns ?? []).map((pattern) => ({
      isNegative,
      matches: (value) => matches(value, pattern),
    }))
  const equals = (value: string, pattern: string) => value === pattern
  const starts = (value: string, pattern: string) => value.startsWith(pattern)
  const ends = (value: string, pattern: string) => value.endsWith(pattern)
  return [
    ...tests(selector.Equals, false, equals),
    ...tests(selector.StartsWith, false, starts),
    ...tests(selector.EndsWith, false, ends),
    ...tests(selector.NotEquals, true, equals),
    ...tests(selector.NotStartsWith, true, starts),
    ...tests(selector.NotEndsWith, true, ends),
  ]
}

function valuesOf(field: string, record: AuditRecord): readonly string[] {
  const { resources = [] } = record
  switch (field) {
    case 'readOnly':
      return [String(record.readOnly)]
    case 'eventSource':
      return [record.eventSource]
    case 'eventName':
      return [record.eventName]
    case 'eventCategory':
      return [record.eventCategory]
    case 'eventType':
      return [record.eventType]
    case 'resources.type':
      return resources.map(({ type }) => type)
    case 'resources.ARN':
      return resources.map(({ ARN }) => ARN)
    case 'userIdentity.arn':
      return record.userIdentity.arn === undefined ? [] : [record.userIdentity.arn]
    case 'errorCode':
      return record.errorCode === undefined ? [] : [record.errorCode]
    default:
      return []
  }
}
