import type { ServerProtocol, WireRequest } from '@bartizan/wire'
import { AwsError, commonError } from './errors.ts'
import type { Operation, Service } from './service.ts'
import type { ServiceRegistry } from './service-registry.ts'
import type { ErrorFamily } from './identity/identify.ts'

/** Where a request goes. */
export interface Route {
  readonly service: Service
  readonly protocol: ServerProtocol
  /** The operation's name, implemented or not; undefined when the request names none that exists. */
  readonly operationName: string | undefined
  readonly operation: Operation | undefined
}

/** Finds the service, protocol and operation that a request is for. */
export interface Router {
  /**
   * `signingName` is the service of the credential scope, when the request is signed. A promise only
   * where a service must be imported first.
   */
  route(
    request: WireRequest,
    signingName: string | undefined,
  ): Route | undefined | Promise<Route | undefined>
}

/** Builds the router of a set of services. */
export function routerOf(registry: ServiceRegistry): Router {
  const bySigningName = new Map<string, string[]>()
  for (const { id, signingNames } of registry.entries) {
    for (const name of signingNames) {
      bySigningName.set(name, [...(bySigningName.get(name) ?? []), id])
    }
  }
  const open = registry.entries.filter(({ isOpen }) => isOpen).map(({ id }) => id)
  return {
    route(request, signingName) {
      const ids = signingName === undefined ? open : (bySigningName.get(signingName) ?? none)
      const find = (services: readonly Service[]): Route | undefined =>
        firstMatch(services, request) ??
        (signingName === undefined ? undefined : fallback(services, request))
      const services = loadedOf(registry, ids)
      if (services) return find(services)
      return Promise.all(ids.map((id) => registry.load(id))).then(() =>
        find(loadedOf(registry, ids) ?? none),
      )
    },
  }
}

const none: readonly never[] = []

function loadedOf(registry: ServiceRegistry, ids: readonly string[]): Service[] | undefined {
  const services: Service[] = []
  for (const id of ids) {
    const service = registry.loaded(id)
    if (!service) return undefined
    services.push(service)
  }
  // A REST service answers any path, so it is asked last.
  return services.length > 1 ? services.sort((a, b) => catchAll(a) - catchAll(b)) : services
}

function catchAll({ protocols }: Service): number {
  return protocols.some(({ id }) => id === 'restXml') ? 1 : 0
}

const known = new WeakMap<Service, ReadonlySet<string>>()

function knownNames(service: Service): ReadonlySet<string> {
  let names = known.get(service)
  if (!names) {
    names = new Set([...service.sdkOperations, ...Object.keys(service.operations)])
    known.set(service, names)
  }
  return names
}

function firstMatch(candidates: readonly Service[], request: WireRequest): Route | undefined {
  for (const service of candidates) {
    for (const protocol of service.protocols) {
      const operationName = protocol.operationName(request)
      if (operationName === undefined || !knownNames(service).has(operationName)) continue
      return { service, protocol, operationName, operation: service.operations[operationName] }
    }
  }
  return undefined
}

/** A request for a known service that names no operation of it; a form is answered as forms are. */
function fallback(services: readonly Service[], { headers }: WireRequest): Route | undefined {
  const [service] = services
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded')
  const forms = isForm ? service?.protocols.find(({ id }) => id === 'awsQuery') : undefined
  const protocol = forms ?? service?.protocols[0]
  return service && protocol
    ? { service, protocol, operationName: undefined, operation: undefined }
    : undefined
}

/** Whether a protocol's services speak of `…Exception` or not. */
export function familyOf(protocol: ServerProtocol): ErrorFamily {
  return protocol.id === 'awsQuery' || protocol.id === 'ec2Query' || protocol.id === 'restXml'
    ? 'query'
    : 'json'
}

/** The operation of a route, or AWS's error for one that is unknown, or ours for one that is absent. */
export function operationOf({ service, protocol, operationName, operation }: Route): Operation {
  if (operation) return operation
  if (operationName !== undefined) {
    const message = `${service.id}:${operationName} is not implemented by Bartizan`
    throw new AwsError({ code: 'NotImplemented', message, status: 501, fault: 'server' })
  }
  throw familyOf(protocol) === 'query'
    ? commonError('InvalidAction', 'Could not find the requested operation.', 400)
    : commonError('UnknownOperationException', '', 400)
}
