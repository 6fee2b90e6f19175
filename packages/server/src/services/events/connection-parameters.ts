import type {
  ConnectionAuthResponseParameters,
  ConnectionHttpParameters,
  UpdateConnectionAuthRequestParameters,
} from '@aws-sdk/client-eventbridge'
import type { ConnectionParameters } from './connection-auth.ts'

/** A parameter that a connection adds to requests. */
interface HttpParameter {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
  readonly IsValueSecret?: boolean | undefined
}

/** The parameters of a connection as DescribeConnection shows them: without its secrets. */
export function shownParameters(given: ConnectionParameters): ConnectionAuthResponseParameters {
  const { BasicAuthParameters, ApiKeyAuthParameters, OAuthParameters } = given
  const { InvocationHttpParameters: invocation } = given
  return {
    ...(BasicAuthParameters && {
      BasicAuthParameters: { Username: BasicAuthParameters.Username },
    }),
    ...(ApiKeyAuthParameters && {
      ApiKeyAuthParameters: { ApiKeyName: ApiKeyAuthParameters.ApiKeyName },
    }),
    ...(OAuthParameters && {
      OAuthParameters: {
        ClientParameters: { ClientID: OAuthParameters.ClientParameters?.ClientID },
        AuthorizationEndpoint: OAuthParameters.AuthorizationEndpoint,
        HttpMethod: OAuthParameters.HttpMethod,
        ...(OAuthParameters.OAuthHttpParameters && {
          OAuthHttpParameters: shownHttp(OAuthParameters.OAuthHttpParameters),
        }),
      },
    }),
    ...(invocation && { InvocationHttpParameters: shownHttp(invocation) }),
  }
}

function shownHttp(http: ConnectionHttpParameters): ConnectionHttpParameters {
  const { HeaderParameters, QueryStringParameters, BodyParameters } = http
  return {
    ...(HeaderParameters && { HeaderParameters: HeaderParameters.map(shown) }),
    ...(QueryStringParameters && { QueryStringParameters: QueryStringParameters.map(shown) }),
    ...(BodyParameters && { BodyParameters: BodyParameters.map(shown) }),
  }
}

function shown({ Key, Value, IsValueSecret = false }: HttpParameter) {
  return { Key, ...(!IsValueSecret && { Value }), IsValueSecret }
}

/** Parameters with those of an update in place of theirs. */
export function mergeParameters(
  known: ConnectionParameters,
  update: UpdateConnectionAuthRequestParameters = {},
): ConnectionParameters {
  const { BasicAuthParameters: basic, ApiKeyAuthParameters: apiKey } = update
  const { OAuthParameters: oauth, InvocationHttpParameters: invocation } = update
  const client = { ...known.OAuthParameters?.ClientParameters, ...oauth?.ClientParameters }
  return {
    ...known,
    ...(basic && {
      BasicAuthParameters: {
        Username: basic.Username ?? known.BasicAuthParameters?.Username,
        Password: basic.Password ?? known.BasicAuthParameters?.Password,
      },
    }),
    ...(apiKey && {
      ApiKeyAuthParameters: {
        ApiKeyName: apiKey.ApiKeyName ?? known.ApiKeyAuthParameters?.ApiKeyName,
        ApiKeyValue: apiKey.ApiKeyValue ?? known.ApiKeyAuthParameters?.ApiKeyValue,
      },
    }),
    ...(oauth && {
      OAuthParameters: {
        AuthorizationEndpoint:
          oauth.AuthorizationEndpoint ?? known.OAuthParameters?.AuthorizationEndpoint,
        HttpMethod: oauth.HttpMethod ?? known.OAuthParameters?.HttpMethod,
        OAuthHttpParameters:
          oauth.OAuthHttpParameters ?? known.OAuthParameters?.OAuthHttpParameters,
        ClientParameters: { ClientID: client.ClientID, ClientSecret: client.ClientSecret },
      },
    }),
    ...(invocation && { InvocationHttpParameters: invocation }),
  }
}
