import type {
  EndpointConfiguration,
  Method,
  MethodSetting,
  RestApi,
} from '@aws-sdk/client-api-gateway'
import { defineTable } from '../../kernel/store/store.ts'

/** A method of a resource, with its integration and responses: as the API shows it. */
export type MethodRow = Method

/** A path of an API. */
export interface PathResource {
  readonly id: string
  /** Absent for the root. */
  readonly parentId?: string
  readonly pathPart?: string
  readonly path: string
  /** By HTTP method, or `ANY`. */
  readonly methods: Readonly<Record<string, MethodRow>>
}

/** A REST API, with what is being worked on: stages show deployments, not this. Times are ISO 8601. */
export interface RestApiRow extends Omit<RestApi, 'createdDate' | 'tags' | 'rootResourceId'> {
  readonly id: string
  readonly name: string
  readonly createdAt: string
  readonly endpointConfiguration: EndpointConfiguration
  readonly tags: Readonly<Record<string, string>>
  readonly rootId: string
  /** Where it is served on this machine. */
  readonly boundPort: number
  readonly paths: Readonly<Record<string, PathResource>>
}

/** An API as it was when it was deployed. */
export interface DeploymentRow {
  readonly id: string
  readonly apiId: string
  readonly description?: string
  readonly createdAt: string
  readonly paths: Readonly<Record<string, PathResource>>
  readonly binaryMediaTypes: readonly string[]
}

/** A name under which a deployment is served. */
export interface StageRow {
  readonly apiId: string
  readonly name: string
  readonly deploymentId: string
  readonly description?: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly variables: Readonly<Record<string, string>>
  /** By `path/METHOD`, as the API shows them, or `*` for both. */
  readonly methodSettings: Readonly<Record<string, MethodSetting>>
  readonly tags: Readonly<Record<string, string>>
  readonly documentationVersion?: string
}

/** APIs by their id. */
export const restApis = defineTable<RestApiRow>({ name: 'apigateway.restApis', scope: 'region' })

/** Deployments by `api/deployment`. */
export const deployments = defineTable<DeploymentRow>({
  name: 'apigateway.deployments',
  scope: 'region',
})

/** Stages by `api/stage`. */
export const stages = defineTable<StageRow>({ name: 'apigateway.stages', scope: 'region' })

/** The settings of an account in a Region, under one key. */
export const accounts = defineTable<{ readonly cloudwatchRoleArn?: string }>({
  name: 'apigateway.accounts',
  scope: 'region',
})

/** Where there are APIs at all: what carries their traffic looks there. */
export const places = defineTable<{ readonly account: string; readonly region: string }>({
  name: 'apigateway.places',
  scope: 'system',
})
