import type { CachePolicyConfig, OriginRequestPolicyConfig } from '@aws-sdk/client-cloudfront'

/** When AWS published its managed policies; ISO 8601. */
export const managedSince = '2020-07-22T00:00:00.000Z'

/** One year, in seconds. */
const year = 31_536_000

type Parameters = NonNullable<CachePolicyConfig['ParametersInCacheKeyAndForwardedToOrigin']>

function cachePolicy(
  Name: string,
  Comment: string,
  ttl: readonly [min: number, standard: number, max: number],
  key: Partial<Parameters> = {},
): CachePolicyConfig {
  const [MinTTL, DefaultTTL, MaxTTL] = ttl
  return {
    Name,
    Comment,
    MinTTL,
    DefaultTTL,
    MaxTTL,
    ParametersInCacheKeyAndForwardedToOrigin: {
      EnableAcceptEncodingGzip: true,
      EnableAcceptEncodingBrotli: true,
      HeadersConfig: { HeaderBehavior: 'none' },
      CookiesConfig: { CookieBehavior: 'none' },
      QueryStringsConfig: { QueryStringBehavior: 'none' },
      ...key,
    },
  }
}

const headers = (...Items: string[]): NonNullable<Parameters['HeadersConfig']> => ({
  HeaderBehavior: 'whitelist',
  Headers: { Quantity: Items.length, Items },
})
const everything: Partial<Parameters> = {
  CookiesConfig: { CookieBehavior: 'all' },
  QueryStringsConfig: { QueryStringBehavior: 'all' },
}
const methodOverride = [
  'x-method-override',
  'origin',
  'host',
  'x-http-method',
  'x-http-method-override',
]

/**
 * AWS's managed cache policies, by id
 * (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html).
 */
export const managedCachePolicies: Readonly<Record<string, CachePolicyConfig>> = {
  '658327ea-f89d-4fab-a63d-7e88639e58f6': cachePolicy(
    'Managed-CachingOptimized',
    'Policy with caching enabled. Supports Gzip and Brotli compression.',
    [1, 86_400, year],
  ),
  'b2884449-e4de-46a7-ac36-70bc7f1ddd6d': cachePolicy(
    'Managed-CachingOptimizedForUncompressedObjects',
    'Default policy when compression is disabled',
    [1, 86_400, year],
    { EnableAcceptEncodingGzip: false, EnableAcceptEncodingBrotli: false },
  ),
  '4135ea2d-6df8-44a3-9df3-4b5a84be39ad': cachePolicy(
    'Managed-CachingDisabled',
    'Policy with caching disabled',
    [0, 0, 0],
    { EnableAcceptEncodingGzip: false, EnableAcceptEncodingBrotli: false },
  ),
  '08627262-05a9-4f76-9ded-b50ca2e3a84f': cachePolicy(
    'Managed-Elemental-MediaPackage',
    'Policy for Elemental MediaPackage Origin',
    [0, 86_400, year],
    {
      EnableAcceptEncodingBrotli: false,
      HeadersConfig: headers('origin'),
      QueryStringsConfig: {
        QueryStringBehavior: 'whitelist',
        QueryStrings: { Quantity: 4, Items: ['aws.manifestfilter', 'start', 'end', 'm'] },
      },
    },
  ),
  '2e54312d-136d-493c-8eb9-b001f22f67d2': cachePolicy(
    'Managed-Amplify',
    'Policy for Amplify Origin',
    [2, 2, 600],
    {
      ...everything,
      HeadersConfig: headers('Authorization', 'CloudFront-Viewer-Country', 'Host'),
    },
  ),
  '83da9c7e-98b4-4e11-a168-04f0df8e2c65': cachePolicy(
    'UseOriginCacheControlHeaders',
    'Policy for origins that return Cache-Control headers. Query strings are not included in the cache key.',
    [0, 0, year],
    { HeadersConfig: headers(...methodOverride), CookiesConfig: { CookieBehavior: 'all' } },
  ),
  '4cc15a8a-d715-48a4-82b8-cc0b614638fe': cachePolicy(
    'UseOriginCacheControlHeaders-QueryStrings',
    'Policy for origins that return Cache-Control headers and serve different content based on values present in the query string.',
    [0, 0, year],
    { ...everything, HeadersConfig: headers(...methodOverride) },
  ),
}

function requestPolicy(
  Name: string,
  Comment: string,
  HeadersConfig: NonNullable<OriginRequestPolicyConfig['HeadersConfig']>,
  forwards: 'all' | 'none',
): OriginRequestPolicyConfig {
  return {
    Name,
    Comment,
    HeadersConfig,
    CookiesConfig: { CookieBehavior: forwards },
    QueryStringsConfig: { QueryStringBehavior: forwards },
  }
}

const listed = (...Items: string[]): NonNullable<OriginRequestPolicyConfig['HeadersConfig']> => ({
  HeaderBehavior: 'whitelist',
  Headers: { Quantity: Items.length, Items },
})
const preflight = ['access-control-request-headers', 'access-control-request-method', 'origin']

/**
 * AWS's managed origin request policies, by id
 * (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html).
 */
export const managedOriginRequestPolicies: Readonly<Record<string, OriginRequestPolicyConfig>> = {
  '216adef6-5c7f-47e4-b989-5492eafa07d3': requestPolicy(
    'Managed-AllViewer',
    'Policy to forward all parameters in viewer requests',
    { HeaderBehavior: 'allViewer' },
    'all',
  ),
  'b689b0a8-53d0-40ab-baf2-68738e2966ac': requestPolicy(
    'Managed-AllViewerExceptHostHeader',
    'Policy to forward all parameters in viewer requests except for the Host header',
    { HeaderBehavior: 'allExcept', Headers: { Quantity: 1, Items: ['host'] } },
    'all',
  ),
  '59781a5b-3903-41f3-afcb-af62929ccde1': requestPolicy(
    'Managed-CORS-CustomOrigin',
    'Policy for CORS with a custom origin',
    listed('origin'),
    'none',
  ),
  '88a5eaf4-2fd4-4709-b370-b4c650ea3fcf': requestPolicy(
    'Managed-CORS-S3Origin',
    'Policy for CORS with an S3 bucket origin',
    listed(...preflight),
    'none',
  ),
  'acba4595-bd28-49b8-b9fe-13317c0390fa': requestPolicy(
    'Managed-UserAgentRefererHeaders',
    'Policy to forward user-agent and referer headers to origin',
    listed('referer', 'user-agent'),
    'none',
  ),
}

/** Whether an id is one of AWS's managed cache policies. */
export const isManagedCachePolicy = (id: string): boolean => Object.hasOwn(managedCachePolicies, id)

/** Whether an id is one of AWS's managed origin request policies. */
export const isManagedOriginRequestPolicy = (id: string): boolean =>
  Object.hasOwn(managedOriginRequestPolicies, id)
