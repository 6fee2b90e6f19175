import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch'
import { defineTable } from '../../kernel/store/store.ts'
import type { Comparison, MissingData } from './alarm-evaluation.ts'
import type { AlarmState } from './alarm-rule.ts'

/** The state of an alarm and why. Times are ISO 8601. */
export interface StateFacts {
  readonly value: AlarmState
  readonly reason: string
  /** JSON. */
  readonly reasonData?: string
  readonly updatedAt: string
  readonly transitionedAt: string
}

/** What metric and composite alarms share. */
interface AlarmFacts {
  readonly name: string
  readonly description?: string
  readonly actionsEnabled: boolean
  readonly okActions: readonly string[]
  readonly alarmActions: readonly string[]
  readonly insufficientDataActions: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  /** ISO 8601. */
  readonly configuredAt: string
  readonly state: StateFacts
}

/** An alarm on a metric or on metric math. */
export interface MetricAlarmRow extends AlarmFacts {
  readonly type: 'MetricAlarm'
  /** One query that returns data; without `isMath` it was given by name, statistic and period. */
  readonly queries: readonly MetricDataQuery[]
  readonly isMath: boolean
  /** The ids of the metrics it watches. */
  readonly metricIds: readonly string[]
  readonly evaluationPeriods: number
  readonly datapointsToAlarm?: number
  readonly threshold: number
  readonly comparison: Comparison
  readonly missingData?: MissingData
  readonly lowSampleCount?: string
}

/** An alarm on the states of other alarms. */
export interface CompositeAlarmRow extends AlarmFacts {
  readonly type: 'CompositeAlarm'
  readonly rule: string
  /** The names of the alarms of its rule. */
  readonly children: readonly string[]
  readonly suppressor?: {
    readonly alarm: string
    readonly waitSeconds: number
    readonly extensionSeconds: number
  }
  /** Set while the actions of the present state are held back. */
  readonly suppression?: Suppression
}

/** Why actions are held back, and the state before the one that they belong to. */
export interface Suppression {
  readonly by: 'Alarm' | 'WaitPeriod' | 'ExtensionPeriod'
  readonly reason: string
  readonly previous: StateFacts
}

/** An alarm. */
export type AlarmRow = MetricAlarmRow | CompositeAlarmRow

/** The alarms of an account and Region, by name. */
export const alarms = defineTable<AlarmRow>({
  name: 'cloudwatch.alarms',
  scope: 'region',
  indexes: {
    metric: (row) => (row.type === 'MetricAlarm' ? row.metricIds : undefined),
    child: (row) => (row.type === 'CompositeAlarm' ? row.children : undefined),
    suppressor: (row) => (row.type === 'CompositeAlarm' ? row.suppressor?.alarm : undefined),
  },
})

/** How many metric alarms a place has: where there are none, new data wakes nothing. */
export const alarmInterest = defineTable<{ readonly alarms: number }>({
  name: 'cloudwatch.alarm-interest',
  scope: 'region',
})

/** What happened to an alarm. */
export interface HistoryRow {
  readonly alarm: string
  readonly alarmType: AlarmRow['type']
  /** ISO 8601. */
  readonly at: string
  readonly type: 'ConfigurationUpdate' | 'StateUpdate' | 'Action'
  readonly summary: string
  /** JSON. */
  readonly data: string
}

/** The history, by `<time>|<unique>`. */
export const alarmHistory = defineTable<HistoryRow>({
  name: 'cloudwatch.alarm-history',
  scope: 'region',
  indexes: { alarm: (row) => row.alarm },
})
