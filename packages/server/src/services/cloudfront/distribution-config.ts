import type {
  CacheBehavior,
  DefaultCacheBehavior,
  DistributionConfig,
  Origin,
  ViewerCertificate,
} from '@aws-sdk/client-cloudfront'
import { isManagedCachePolicy, isManagedOriginRequestPolicy } from './managed-policies.ts'
import {
  inconsistentQuantities,
  invalidArgument,
  invalidOrigin,
  invalidRootObject,
  invalidTtlOrder,
  noSuchCachePolicy,
  noSuchOrigin,
  noSuchOriginRequestPolicy,
} from './errors.ts'

/** Legacy TTLs of a behaviour without a cache policy, in seconds. */
const legacyTtl = { MinTTL: 0, DefaultTTL: 86_400, MaxTTL: 31_536_000 }
const none = { Quantity: 0 }
const noSigners = { Enabled: false, Quantity: 0 }

interface Counted {
  readonly Quantity?: number | undefined
  readonly Items?: readonly unknown[] | undefined
}

/** Whether every list in a configuration has as many items as it says. Throws InconsistentQuantities. */
function checkQuantities(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  const { Quantity, Items } = value as Counted
  if (Quantity !== undefined && Quantity !== (Items?.length ?? 0)) throw inconsistentQuantities()
  for (const part of Object.values(value)) checkQuantities(part)
}

/** What is set but would have nothing that acts on it is refused rather than kept. */
function refuseUnsupported(config: DistributionConfig): void {
  const geo = config.Restrictions?.GeoRestriction?.RestrictionType ?? 'none'
  const certificate = config.ViewerCertificate
  const what =
    (config.Logging?.Enabled && 'Logging') ||
    (geo !== 'none' && 'GeoRestriction (a web ACL can match countries)') ||
    ((config.CustomErrorResponses?.Quantity ?? 0) > 0 && 'CustomErrorResponses') ||
    ((config.OriginGroups?.Quantity ?? 0) > 0 && 'OriginGroups') ||
    (config.Origins?.Items?.some(({ S3OriginConfig: bucket }) => bucket) && 'S3OriginConfig') ||
    ((certificate?.ACMCertificateArn ?? certificate?.IAMCertificateId) && 'ViewerCertificate') ||
    (config.Staging && 'Staging')
  if (what) throw invalidArgument(`The parameter ${what} is not supported by Bartizan.`)
}

function originWithDefaults(origin: Origin): Origin {
  const { CustomOriginConfig: custom, S3OriginConfig: bucket } = origin
  if (!custom === !bucket) {
    throw invalidOrigin('The specified origin server does not exist or is not valid.')
  }
  if (
    origin.OriginPath &&
    (!origin.OriginPath.startsWith('/') || origin.OriginPath.endsWith('/'))
  ) {
    throw invalidArgument('The parameter OriginPath must start with a slash and not end with one.')
  }
  return {
    ...origin,
    OriginPath: origin.OriginPath ?? '',
    CustomHeaders: origin.CustomHeaders ?? none,
    ConnectionAttempts: origin.ConnectionAttempts ?? 3,
    ConnectionTimeout: origin.ConnectionTimeout ?? 10,
    OriginShield: origin.OriginShield ?? { Enabled: false },
    OriginAccessControlId: origin.OriginAccessControlId ?? '',
    ...(custom && {
      CustomOriginConfig: {
        ...custom,
        OriginSslProtocols: custom.OriginSslProtocols ?? { Quantity: 1, Items: ['TLSv1.2'] },
        OriginReadTimeout: custom.OriginReadTimeout ?? 30,
        OriginKeepaliveTimeout: custom.OriginKeepaliveTimeout ?? 5,
      },
    }),
  }
}

function checkBehavior(behavior: DefaultCacheBehavior, origins: ReadonlySet<string>): void {
  if (!origins.has(behavior.TargetOriginId ?? '')) throw noSuchOrigin()
  const { CachePolicyId: policy, ForwardedValues: forwarded } = behavior
  if (policy !== undefined && forwarded !== undefined) {
    throw invalidArgument(
      'The parameter ForwardedValues cannot be used when a cache policy is associated to the cache behavior.',
    )
  }
  if (policy === undefined && forwarded === undefined) {
    throw invalidArgument('The parameter ForwardedValues is required.')
  }
  if (policy !== undefined && !isManagedCachePolicy(policy)) throw noSuchCachePolicy()
  const request = behavior.OriginRequestPolicyId
  if (request !== undefined && !isManagedOriginRequestPolicy(request)) {
    throw noSuchOriginRequestPolicy()
  }
  const what =
    (behavior.ResponseHeadersPolicyId && 'ResponseHeadersPolicyId') ||
    (behavior.RealtimeLogConfigArn && 'RealtimeLogConfigArn') ||
    (behavior.FieldLevelEncryptionId && 'FieldLevelEncryptionId') ||
    (behavior.TrustedSigners?.Enabled && 'TrustedSigners') ||
    (behavior.TrustedKeyGroups?.Enabled && 'TrustedKeyGroups')
  if (what) throw invalidArgument(`The parameter ${what} is not supported by Bartizan.`)
  const associated =
    (behavior.FunctionAssociations?.Quantity ?? 0) +
    (behavior.LambdaFunctionAssociations?.Quantity ?? 0)
  if (associated > 0) {
    throw invalidArgument('Functions at the edge are not supported by Bartizan')
  }
}

/** Terraform's provider names what it does not have with empty texts, which CloudFront takes for absent. */
function withoutEmpty<T extends DefaultCacheBehavior>(behavior: T): T {
  return Object.fromEntries(Object.entries(behavior).filter(([, value]) => value !== '')) as T
}

function behaviorWithDefaults<T extends DefaultCacheBehavior>(behavior: T): T {
  const methods = behavior.AllowedMethods ?? { Quantity: 2, Items: ['HEAD', 'GET'] }
  const ttl = behavior.CachePolicyId === undefined && {
    MinTTL: behavior.MinTTL ?? legacyTtl.MinTTL,
    DefaultTTL: behavior.DefaultTTL ?? Math.max(legacyTtl.DefaultTTL, behavior.MinTTL ?? 0),
    MaxTTL: behavior.MaxTTL ?? Math.max(legacyTtl.MaxTTL, behavior.DefaultTTL ?? 0),
  }
  if (ttl && (ttl.MinTTL > ttl.DefaultTTL || ttl.DefaultTTL > ttl.MaxTTL)) throw invalidTtlOrder()
  return {
    ...behavior,
    TrustedSigners: behavior.TrustedSigners ?? noSigners,
    TrustedKeyGroups: behavior.TrustedKeyGroups ?? noSigners,
    AllowedMethods: {
      ...methods,
      CachedMethods: methods.CachedMethods ?? { Quantity: 2, Items: ['HEAD', 'GET'] },
    },
    SmoothStreaming: behavior.SmoothStreaming ?? false,
    Compress: behavior.Compress ?? false,
    LambdaFunctionAssociations: behavior.LambdaFunctionAssociations ?? none,
    FunctionAssociations: behavior.FunctionAssociations ?? none,
    FieldLevelEncryptionId: behavior.FieldLevelEncryptionId ?? '',
    ...ttl,
  }
}

/** The certificate of CloudFront's own names. */
const ownCertificate: ViewerCertificate = {
  CloudFrontDefaultCertificate: true,
  SSLSupportMethod: 'vip',
  MinimumProtocolVersion: 'TLSv1',
  CertificateSource: 'cloudfront',
}

/** A configuration as CloudFront keeps it, with its defaults. Throws what CloudFront says of one that is wrong. */
export function checkedConfig(given: DistributionConfig): DistributionConfig {
  checkQuantities(given)
  refuseUnsupported(given)
  const origins = (given.Origins?.Items ?? []).map(originWithDefaults)
  if (origins.length === 0) throw invalidArgument('The parameter Origins is required.')
  const names = new Set(origins.map(({ Id = '' }) => Id))
  if (names.size < origins.length) {
    throw invalidArgument('The parameter Origin Id contains duplicates.')
  }
  for (const { Id = '' } of given.OriginGroups?.Items ?? []) names.add(Id)
  if (!given.DefaultCacheBehavior)
    throw invalidArgument('The parameter DefaultCacheBehavior is required.')
  const standard = withoutEmpty(given.DefaultCacheBehavior)
  const behaviors = (given.CacheBehaviors?.Items ?? []).map(withoutEmpty)
  for (const behavior of [standard, ...behaviors]) checkBehavior(behavior, names)
  if (/^\/|[^\w.\-*$/&%+~@:',=!()]/.test(given.DefaultRootObject ?? '')) throw invalidRootObject()
  return {
    ...given,
    Aliases: given.Aliases ?? none,
    DefaultRootObject: given.DefaultRootObject ?? '',
    Origins: { Quantity: origins.length, Items: origins },
    OriginGroups: given.OriginGroups ?? none,
    DefaultCacheBehavior: behaviorWithDefaults(standard),
    CacheBehaviors: {
      Quantity: behaviors.length,
      ...(behaviors.length > 0 && {
        Items: behaviors.map((each: CacheBehavior) => behaviorWithDefaults(each)),
      }),
    },
    CustomErrorResponses: given.CustomErrorResponses ?? none,
    Logging: given.Logging ?? { Enabled: false, IncludeCookies: false, Bucket: '', Prefix: '' },
    PriceClass: given.PriceClass ?? 'PriceClass_All',
    ViewerCertificate: ownCertificate,
    Restrictions: given.Restrictions ?? {
      GeoRestriction: { RestrictionType: 'none', Quantity: 0 },
    },
    WebACLId: given.WebACLId ?? '',
    HttpVersion: given.HttpVersion ?? 'http2',
    IsIPV6Enabled: given.IsIPV6Enabled ?? true,
    Staging: given.Staging ?? false,
  }
}
