import {
  DeleteMethod$,
  DeleteMethodResponse$,
  GetMethod$,
  GetMethodResponse$,
  PutMethod$,
  PutMethodResponse$,
  UpdateMethod$,
  UpdateMethodResponse$,
} from '@aws-sdk/client-api-gateway'
import type {
  DeleteMethodRequest,
  DeleteMethodResponseRequest,
  GetMethodRequest,
  GetMethodResponseRequest,
  Method,
  MethodResponse,
  PutMethodRequest,
  PutMethodResponseRequest,
  UpdateMethodRequest,
  UpdateMethodResponseRequest,
} from '@aws-sdk/client-api-gateway'
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
import { badRequest, conflict, notFound } from './errors.ts'
import { booleanOf, entry, listed, patched, text, type Patchable } from './patch.ts'

const httpMethods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'ANY']

/** Where a method is, below its API. */
export const methodPath = ({ resourceId = '', httpMethod = '' }: ApiNaming): string =>
  `/resources/${resourceId}/methods/${httpMethod}`

const responsePath = (input: ApiNaming & { readonly statusCode?: string | undefined }) =>
  `${methodPath(input)}/responses/${input.statusCode ?? ''}`

function checkedAuthorization(type: string): string {
  if (type === 'NONE') return type
  if (['AWS_IAM', 'CUSTOM', 'COGNITO_USER_POOLS'].includes(type)) {
    throw badRequest(`Authorization type ${type} is not supported by Bartizan`)
  }
  throw badRequest(
    'Invalid authorization type specified. Setting the authorization type is required.',
  )
}

/** PutMethod. */
export const PutMethod = operation<PutMethodRequest, Method, ApiSubject>(PutMethod$, {
  resolve: seekApi,
  access: (input, ctx, subject) => apiAccess(ctx, 'PUT', subject, { path: methodPath(input) }),
  handle(input, ctx, subject) {
    const api = requireApi(ctx, subject)
    const path = requirePath(api, input)
    const httpMethod = input.httpMethod ?? ''
    if (!httpMethods.includes(httpMethod)) {
      throw badRequest(
        `Invalid HttpMethod specified. Valid options are [${httpMethods.join(', ')}]`,
      )
    }
    if (path.methods[httpMethod]) throw conflict('Method already exists for this resource')
    if (input.apiKeyRequired) throw badRequest('API keys are not supported by Bartizan')
    const { requestParameters, requestModels, operationName } = input
    const method: Method = {
      httpMethod,
      authorizationType: checkedAuthorization(input.authorizationType ?? ''),
      apiKeyRequired: false,
      ...(operationName !== undefined && { operationName }),
      ...(requestParameters && { requestParameters }),
      ...(requestModels && { requestModels }),
    }
    putMethod(ctx, { api, path, httpMethod }, method)
    return method
  },
})

/** GetMethod. */
export const GetMethod = operation<GetMethodRequest, Method, ApiSubject>(GetMethod$, {
  resolve: seekApi,
  access: (input, ctx, subject) => apiAccess(ctx, 'GET', subject, { path: methodPath(input) }),
  handle: (input, ctx, subject) =>
    requireMethod(requirePath(requireApi(ctx, subject), input), input),
})

const authorization: Patchable<Method> = {
  path: '/authorizationType',
  ops: ['replace'],
  apply: (method, value = '') => ({ ...method, authorizationType: checkedAuthorization(value) }),
}

const methodPatches: readonly Patchable<Method>[] = [
  authorization,
  text('/operationName', 'operationName'),
  entry('/requestParameters/*', 'requestParameters', booleanOf),
  entry('/requestModels/*', 'requestModels'),
  listed('/authorizationScopes/*', 'authorizationScopes'),
]

/** UpdateMethod. */
export const UpdateMethod = operation<UpdateMethodRequest, Method, ApiSubject>(UpdateMethod$, {
  resolve: seekApi,
  access: (input, ctx, subject) => apiAccess(ctx, 'PATCH', subject, { path: methodPath(input) }),
  handle(input, ctx, subject) {
    const api = requireApi(ctx, subject)
    const path = requirePath(api, input)
    const method = patched(requireMethod(path, input), input.patchOperations, methodPatches)
    putMethod(ctx, { api, path, httpMethod: input.httpMethod ?? '' }, method)
    return method
  },
})

/** DeleteMethod. */
export const DeleteMethod = operation<DeleteMethodRequest, object, ApiSubject>(DeleteMethod$, {
  resolve: seekApi,
  access: (input, ctx, subject) => apiAccess(ctx, 'DELETE', subject, { path: methodPath(input) }),
  handle(input, ctx, subject) {
    const api = requireApi(ctx, subject)
    const path = requirePath(api, input)
    requireMethod(path, input)
    putMethod(ctx, { api, path, httpMethod: input.httpMethod ?? '' }, undefined)
    return {}
  },
})

function requireResponse(method: Method, statusCode = ''): MethodResponse {
  const response = method.methodResponses?.[statusCode]
  if (!response) throw notFound('Response status code')
  return response
}

/** A method with the response of one status changed; undefined takes it away. */
function withResponse(method: Method, code: string, response: MethodResponse | undefined): Method {
  const { [code]: _replaced, ...others } = method.methodResponses ?? {}
  return { ...method, methodResponses: response ? { ...others, [code]: response } : others }
}

/** PutMethodResponse. */
export const PutMethodResponse = operation<PutMethodResponseRequest, MethodResponse, ApiSubject>(
  PutMethodResponse$,
  {
    resolve: seekApi,
    access: (input, ctx, subject) => apiAccess(ctx, 'PUT', subject, { path: responsePath(input) }),
    handle(input, ctx, subject) {
      const api = requireApi(ctx, subject)
      const path = requirePath(api, input)
      const method = requireMethod(path, input)
      const { statusCode = '', responseParameters, responseModels } = input
      if (method.methodResponses?.[statusCode]) {
        throw conflict('Response already exists for this resource')
      }
      const response: MethodResponse = {
        statusCode,
        ...(responseParameters && { responseParameters }),
        ...(responseModels && { responseModels }),
      }
      const changed = withResponse(method, statusCode, response)
      putMethod(ctx, { api, path, httpMethod: input.httpMethod ?? '' }, changed)
      return response
    },
  },
)

/** GetMethodResponse. */
export const GetMethodResponse = operation<GetMethodResponseRequest, MethodResponse, ApiSubject>(
  GetMethodResponse$,
  {
    resolve: seekApi,
    access: (input, ctx, subject) => apiAccess(ctx, 'GET', subject, { path: responsePath(input) }),
    handle(input, ctx, subject) {
      const method = requireMethod(requirePath(requireApi(ctx, subject), input), input)
      return requireResponse(method, input.statusCode)
    },
  },
)

const responsePatches: readonly Patchable<MethodResponse>[] = [
  entry('/responseParameters/*', 'responseParameters', booleanOf),
  entry('/responseModels/*', 'responseModels'),
]

/** UpdateMethodResponse. */
export const UpdateMethodResponse = operation<
  UpdateMethodResponseRequest,
  MethodResponse,
  ApiSubject
>(UpdateMethodResponse$, {
  resolve: seekApi,
  access: (input, ctx, subject) => apiAccess(ctx, 'PATCH', subject, { path: responsePath(input) }),
  handle(input, ctx, subject) {
    const api = requireApi(ctx, subject)
    const path = requirePath(api, input)
    const method = requireMethod(path, input)
    const before = requireResponse(method, input.statusCode)
    const response = patched(before, input.patchOperations, responsePatches)
    const changed = withResponse(method, input.statusCode ?? '', response)
    putMethod(ctx, { api, path, httpMethod: input.httpMethod ?? '' }, changed)
    return response
  },
})

/** DeleteMethodResponse. */
export const DeleteMethodResponse = operation<DeleteMethodResponseRequest, object, ApiSubject>(
  DeleteMethodResponse$,
  {
    resolve: seekApi,
    access: (input, ctx, subject) =>
      apiAccess(ctx, 'DELETE', subject, { path: responsePath(input) }),
    handle(input, ctx, subject) {
      const api = requireApi(ctx, subject)
      const path = requirePath(api, input)
      const method = requireMethod(path, input)
      requireResponse(method, input.statusCode)
      const changed = withResponse(method, input.statusCode ?? '', undefined)
      putMethod(ctx, { api, path, httpMethod: input.httpMethod ?? '' }, changed)
      return {}
    },
  },
)
