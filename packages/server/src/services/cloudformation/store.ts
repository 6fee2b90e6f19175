import type {
  ChangeSetStatus,
  ExecutionStatus,
  OnFailure,
  ResourceChange,
  ResourceStatus,
  StackStatus,
} from '@aws-sdk/client-cloudformation'
import { defineTable } from '../../kernel/store/store.ts'
import type { RetentionPolicy } from './engine/template.ts'

/** A tag of a stack. */
export interface StackTag {
  readonly Key: string
  readonly Value: string
}

/** What a stack is to be: kept sealed, as parameters may be secret. */
export interface StackDefinition {
  readonly templateText: string
  /** Parameters as they were given. */
  readonly parameters: Readonly<Record<string, string>>
  /** What parameters stand for that name one in Parameter Store. */
  readonly storeValues: Readonly<Record<string, string>>
  readonly tags: readonly StackTag[]
  readonly capabilities: readonly string[]
  readonly notificationArns: readonly string[]
  readonly roleArn?: string
}

/** One piece of work of a deployment. */
export interface Step {
  readonly logicalId: string
  /** `apply` makes or changes; `restore` takes a change back; `remove` deletes. */
  readonly verb: 'apply' | 'restore' | 'remove'
  /** Logical ids whose steps must be done before. */
  readonly needs: readonly string[]
  readonly state: 'waiting' | 'running' | 'pending' | 'done' | 'failed'
  /** The random end of a generated name. */
  readonly suffix: string
  /** ISO 8601: since when it runs. */
  readonly startedAt?: string
  readonly reason?: string
}

/** Where a deployment stands. */
export type Phase = 'forward' | 'cleanup' | 'rollback' | 'rollback-cleanup'

/** What is being done to a stack. */
export interface Deployment {
  readonly id: string
  readonly kind: 'create' | 'update' | 'delete'
  readonly phase: Phase
  readonly steps: readonly Step[]
  /** Whether the phase is to be planned, its running steps performed, or the next ones found. */
  readonly mode: 'plan' | 'perform' | 'advance'
  readonly failure?: string
  readonly token?: string
  /** ISO 8601: until when the stack must be made. */
  readonly deadline?: string
  /** Resources that are left as they are. */
  readonly retained: readonly string[]
  readonly isForced: boolean
}

/** An output of a stack. */
export interface OutputRow {
  readonly key: string
  readonly value: string
  readonly description?: string
  readonly exportName?: string
}

/** A stack. Times are ISO 8601. */
export interface StackRow {
  readonly uuid: string
  /** Its ARN. */
  readonly id: string
  readonly name: string
  readonly status: StackStatus
  readonly statusReason?: string
  readonly createdAt: string
  readonly updatedAt?: string
  readonly deletedAt?: string
  readonly description?: string
  /** JSON of a `StackDefinition`: what the stack is, or is becoming. */
  readonly definition: string
  /** JSON of the one before, while an update may still be rolled back; else empty. */
  readonly previousDefinition: string
  /** JSON of the principal who deploys. */
  readonly deployer: string
  readonly outputs: readonly OutputRow[]
  readonly disableRollback: boolean
  readonly onFailure: OnFailure
  readonly retainExceptOnCreate: boolean
  readonly timeoutMinutes?: number
  readonly changeSetId?: string
  /** The stack whose resource this one is. */
  readonly parent?: { readonly uuid: string; readonly id: string; readonly logicalId: string }
  readonly rootId?: string
  readonly deployment?: Deployment
}
/** The stacks of an account and Region, the deleted ones too, by the unique part of their ids. */
export const stacks = defineTable<StackRow>({
  name: 'cloudformation.stacks',
  scope: 'region',
  sealed: ['definition', 'previousDefinition', 'deployer'],
  indexes: { name: (row) => row.name, parent: (row) => row.parent?.uuid },
})

/** The stacks that are not deleted, by name. */
export const stackNames = defineTable<{ readonly uuid: string }>({
  name: 'cloudformation.stack-names',
  scope: 'region',
})

/** What may be set while a stack is being deployed, by the unique part of its id. */
export interface SettingsRow {
  readonly isProtected: boolean
  readonly policy?: string
  /** A policy in force for one update. */
  readonly policyDuringUpdate?: string
  /** The deployment that is to be cancelled. */
  readonly cancelled?: string
}
/** Settings of stacks. */
export const settings = defineTable<SettingsRow>({
  name: 'cloudformation.settings',
  scope: 'region',
})

/** What a resource is: kept sealed, as properties and attributes may be secret. */
export interface ResourceData {
  readonly properties: Readonly<Record<string, unknown>>
  readonly attributes: Readonly<Record<string, unknown>>
}

/** A resource as it was before the update that is under way. */
export interface ResourcePast {
  readonly type: string
  readonly physicalId: string
  readonly needs: readonly string[]
  readonly deletionPolicy?: RetentionPolicy
  readonly data: ResourceData
}

/** A resource of a stack, by `<stack uuid>/<logical id>`. */
export interface ResourceRow {
  readonly logicalId: string
  readonly type: string
  readonly physicalId?: string
  readonly status: ResourceStatus
  readonly reason?: string
  readonly updatedAt: string
  readonly description?: string
  readonly metadata?: string
  readonly deletionPolicy?: RetentionPolicy
  readonly updateReplacePolicy?: RetentionPolicy
  /** Logical ids that it depends on. */
  readonly needs: readonly string[]
  /** The deployment that made it, or is making it. */
  readonly madeBy: string
  /** JSON of `ResourceData`. */
  readonly data: string
  /** JSON of `ResourcePast`; empty when the update under way has not touched it. */
  readonly past: string
  /** JSON of a `ResourcePast` that is to be deleted in the end; empty when there is none. */
  readonly discarded: string
}
/** The resources of stacks. */
export const resources = defineTable<ResourceRow>({
  name: 'cloudformation.resources',
  scope: 'region',
  sealed: ['data', 'past', 'discarded'],
})

/** Something that happened to a stack or to one of its resources, by `<stack uuid>/<order>`. */
export interface EventRow {
  readonly eventId: string
  readonly logicalId: string
  readonly physicalId: string
  readonly type: string
  readonly at: string
  readonly status: ResourceStatus | StackStatus
  readonly reason?: string
  readonly properties?: string
  readonly token?: string
  readonly operationId: string
}
/** The events of stacks. */
export const events = defineTable<EventRow>({
  name: 'cloudformation.events',
  scope: 'region',
  sealed: ['properties'],
})

/** An export, by name. */
export interface ExportRow {
  readonly name: string
  readonly value: string
  readonly stackId: string
}
/** The exports of an account and Region. */
export const exportsTable = defineTable<ExportRow>({
  name: 'cloudformation.exports',
  scope: 'region',
  indexes: { stack: (row) => row.stackId },
})

/** That a stack imports an export, by `<stack uuid>/<export name>`. */
export interface ImportRow {
  readonly exportName: string
  readonly stackName: string
}
/** The imports of stacks. */
export const imports = defineTable<ImportRow>({
  name: 'cloudformation.imports',
  scope: 'region',
  indexes: { export: (row) => row.exportName },
})

/** A change set, by `<stack uuid>/<name>`. */
export interface ChangeSetRow {
  readonly id: string
  readonly name: string
  readonly stackUuid: string
  readonly type: 'CREATE' | 'UPDATE'
  readonly status: ChangeSetStatus
  readonly statusReason?: string
  readonly execution: ExecutionStatus
  readonly createdAt: string
  readonly description?: string
  /** JSON of a `StackDefinition`. */
  readonly definition: string
  readonly changes: readonly ResourceChange[]
  readonly onStackFailure?: 'DELETE' | 'DO_NOTHING' | 'ROLLBACK'
}
/** The change sets of stacks. */
export const changeSets = defineTable<ChangeSetRow>({
  name: 'cloudformation.change-sets',
  scope: 'region',
  sealed: ['definition'],
  indexes: { id: (row) => row.id },
})

/** Something that answers by HTTP: a custom resource or a wait condition, by a token nobody can guess. */
export interface CallbackRow {
  readonly account: string
  readonly region: string
  readonly uuid: string
  readonly logicalId: string
  readonly deploymentId: string
  readonly verb: Step['verb']
  /** ISO 8601. */
  readonly deadline: string
  /** JSON bodies that came. */
  readonly answers: readonly string[]
}
/** Callbacks that are awaited, of the whole installation. */
export const callbacks = defineTable<CallbackRow>({
  name: 'cloudformation.callbacks',
  scope: 'system',
  sealed: [],
  indexes: { step: (row) => `${row.uuid}/${row.logicalId}` },
})

/** That the work of a step was begun, by `<deployment>/<phase>/<logical id>`. */
export const beginnings = defineTable<{ readonly at: string }>({
  name: 'cloudformation.beginnings',
  scope: 'region',
})
