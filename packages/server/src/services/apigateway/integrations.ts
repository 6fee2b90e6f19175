import {
  DeleteIntegration$,
  DeleteIntegrationResponse$,
  GetIntegration$,
  GetIntegrationResponse$,
  PutIntegration$,
  PutIntegrationResponse$,
  UpdateIntegration$,
  UpdateIntegrationResponse$,
} from '@aws-sdk/client-api-gateway'
import type {
  DeleteIntegrationRequest,
  DeleteIntegrationResponseRequest,
  GetIntegrationRequest,
  GetIntegrationResponseRequest,
  Integration,
  IntegrationResponse,
  Method,
  PutIntegrationRequest,
  PutIntegrationResponseRequest,
  UpdateIntegrationRequest,
  UpdateIntegrationResponseRequest,
} from '@aws-sdk/client-api-gateway'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import {
  apiAccess,
  putMethod,
  requireApi,
  requireMethod,
  requirePath,
  seekApi,
  type ApiNaming,
  type ApiSubject,
} from './api-reference.ts'
import { badRequest, notFound } from './errors.ts'
import { checkedIntegration } from './integration-settings.ts'
import { methodPath } from './methods.ts'
import { entry, listed, numberOf, patched, text, type Patchable } from './patch.ts'

const integrationPath = (input: ApiNaming) => `${methodPath(input)}/integration`
const responsePath = (input: ApiNaming & { readonly statusCode?: string | undefined }) =>
  `${integrationPath(input)}/responses/${input.statusCode ?? ''}`

/** The method that a call names, and how to keep it changed. */
function methodAt(ctx: Context, subject: ApiSubject, input: ApiNaming) {
  const api = requireApi(ctx, subject)
  const path = requirePath(api, input)
  const method = requireMethod(path, input)
  const keep = (changed: Method) =>
    putMethod(ctx, { api, path, httpMethod: input.httpMethod ?? '' }, changed)
  return { method, keep }
}

function requireIntegration({ methodIntegration }: Method): Integration {
  if (!methodIntegration) throw notFound('Integration')
  return methodIntegration
}

/** PutIntegration. */
export const PutIntegration = operation<PutIntegrationRequest, Integration, ApiSubject>(
  PutIntegration$,
  {
    resolve: seekApi,
    access: (input, ctx, subject) =>
      apiAccess(ctx, 'PUT', subject, { path: integrationPath(input) }),
    handle(input, ctx, subject) {
      const { method, keep } = methodAt(ctx, subject, input)
      const methodIntegration = checkedIntegration(input, input.resourceId ?? '')
      keep({ ...method, methodIntegration })
      return methodIntegration
    },
  },
)

/** GetIntegration. */
export const GetIntegration = operation<GetIntegrationRequest, Integration, ApiSubject>(
  GetIntegration$,
  {
    resolve: seekApi,
    access: (input, ctx, subject) =>
      apiAccess(ctx, 'GET', subject, { path: integrationPath(input) }),
    handle: (input, ctx, subject) => requireIntegration(methodAt(ctx, subject, input).method),
  },
)

const timeout: Patchable<Integration> = {
  path: '/timeoutInMillis',
  ops: ['replace'],
  apply: (integration, value) => ({ ...integration, timeoutInMillis: numberOf(value) }),
}

const integrationPatches: readonly Patchable<Integration>[] = [
  timeout,
  text('/uri', 'uri'),
  text('/type', 'type'),
  text('/httpMethod', 'httpMethod'),
  text('/credentials', 'credentials'),
  text('/contentHandling', 'contentHandling'),
  text('/passthroughBehavior', 'passthroughBehavior'),
  text('/cacheNamespace', 'cacheNamespace'),
  listed('/cacheKeyParameters/*', 'cacheKeyParameters'),
  entry('/requestParameters/*', 'requestParameters'),
  entry('/requestTemplates/*', 'requestTemplates'),
]

/** UpdateIntegration. */
export const UpdateIntegration = operation<UpdateIntegrationRequest, Integration, ApiSubject>(
  UpdateIntegration$,
  {
    resolve: seekApi,
    access: (input, ctx, subject) =>
      apiAccess(ctx, 'PATCH', subject, { path: integrationPath(input) }),
    handle(input, ctx, subject) {
      const { method, keep } = methodAt(ctx, subject, input)
      const { integrationResponses, ...before } = requireIntegration(method)
      const wanted = patched<Integration>(before, input.patchOperations, integrationPatches)
      const { httpMethod, ...rest } = wanted
      const checked = checkedIntegration(
        { ...rest, ...(httpMethod !== undefined && { integrationHttpMethod: httpMethod }) },
        input.resourceId ?? '',
      )
      const after = { ...checked, ...(integrationResponses && { integrationResponses }) }
      keep({ ...method, methodIntegration: after })
      return after
    },
  },
)

/** DeleteIntegration. */
export const DeleteIntegration = operation<DeleteIntegrationRequest, object, ApiSubject>(
  DeleteIntegration$,
  {
    resolve: seekApi,
    access: (input, ctx, subject) =>
      apiAccess(ctx, 'DELETE', subject, { path: integrationPath(input) }),
    handle(input, ctx, subject) {
      const { method, keep } = methodAt(ctx, subject, input)
      requireIntegration(method)
      const { methodIntegration: _gone, ...rest } = method
      keep(rest)
      return {}
    },
  },
)

function requireResponse(integration: Integration, code = ''): IntegrationResponse {
  const response = integration.integrationResponses?.[code]
  if (!response) throw notFound('Response status code')
  return response
}

/** A method whose integration has the response of one status changed; undefined takes it away. */
function withResponse(
  method: Method,
  code: string,
  response: IntegrationResponse | undefined,
): Method {
  const integration = requireIntegration(method)
  const { [code]: _replaced, ...others } = integration.integrationResponses ?? {}
  const integrationResponses = response ? { ...others, [code]: response } : others
  return { ...method, methodIntegration: { ...integration, integrationResponses } }
}

/** PutIntegrationResponse. */
export const PutIntegrationResponse = operation<
  PutIntegrationResponseRequest,
  IntegrationResponse,
  ApiSubject
>(PutIntegrationResponse$, {
  resolve: seekApi,
  access: (input, ctx, subject) => apiAccess(ctx, 'PUT', subject, { path: responsePath(input) }),
  handle(input, ctx, subject) {
    const { method, keep } = methodAt(ctx, subject, input)
    const { statusCode = '', selectionPattern, responseParameters, responseTemplates } = input
    requireIntegration(method)
    if (!method.methodResponses?.[statusCode]) throw notFound('Response status code')
    for (const mapped of Object.keys(responseParameters ?? {})) {
      if (!Object.hasOwn(method.methodResponses[statusCode].responseParameters ?? {}, mapped)) {
        throw badRequest(
          `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: ${mapped}]`,
        )
      }
    }
    const response: IntegrationResponse = {
      statusCode,
      ...(selectionPattern !== undefined && { selectionPattern }),
      ...(responseParameters && { responseParameters }),
      ...(responseTemplates && { responseTemplates }),
      ...(input.contentHandling && { contentHandling: input.contentHandling }),
    }
    keep(withResponse(method, statusCode, response))
    return response
  },
})

/** GetIntegrationResponse. */
export const GetIntegrationResponse = operation<
  GetIntegrationResponseRequest,
  IntegrationResponse,
  ApiSubject
>(GetIntegrationResponse$, {
  resolve: seekApi,
  access: (input, ctx, subject) => apiAccess(ctx, 'GET', subject, { path: responsePath(input) }),
  handle: (input, ctx, subject) =>
    requireResponse(requireIntegration(methodAt(ctx, subject, input).method), input.statusCode),
})

const responsePatches: readonly Patchable<IntegrationResponse>[] = [
  text('/selectionPattern', 'selectionPattern'),
  text('/contentHandling', 'contentHandling'),
  entry('/responseParameters/*', 'responseParameters'),
  entry('/responseTemplates/*', 'responseTemplates'),
]

/** UpdateIntegrationResponse. */
export const UpdateIntegrationResponse = operation<
  UpdateIntegrationResponseRequest,
  IntegrationResponse,
  ApiSubject
>(UpdateIntegrationResponse$, {
  resolve: seekApi,
  access: (input, ctx, subject) => apiAccess(ctx, 'PATCH', subject, { path: responsePath(input) }),
  handle(input, ctx, subject) {
    const { method, keep } = methodAt(ctx, subject, input)
    const before = requireResponse(requireIntegration(method), input.statusCode)
    const response = patched(before, input.patchOperations, responsePatches)
    keep(withResponse(method, input.statusCode ?? '', response))
    return response
  },
})

/** DeleteIntegrationResponse. */
export const DeleteIntegrationResponse = operation<
  DeleteIntegrationResponseRequest,
  object,
  ApiSubject
>(DeleteIntegrationResponse$, {
  resolve: seekApi,
  access: (input, ctx, subject) => apiAccess(ctx, 'DELETE', subject, { path: responsePath(input) }),
  handle(input, ctx, subject) {
    const { method, keep } = methodAt(ctx, subject, input)
    requireResponse(requireIntegration(method), input.statusCode)
    keep(withResponse(method, input.statusCode ?? '', undefined))
    return {}
  },
})
