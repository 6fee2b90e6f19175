/**
 * The bucket that a Host header names, virtual-hosted style: `bucket.s3.eu-west-1.amazonaws.com`,
 * `bucket.s3.localhost`, `bucket.localhost`. undefined for path style.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
export function hostedBucket(host: string | undefined): string | undefined {
  const name = (host ?? '').replace(/:\d+$/, '').toLowerCase()
  const [, ofEndpoint] = /^(.+)\.s3(?:[.-]|$)/.exec(name) ?? []
  if (ofEndpoint !== undefined) return ofEndpoint
  const [, ofLocalhost] = /^(.+)\.localhost$/.exec(name) ?? []
  return ofLocalhost === 's3' || ofLocalhost?.startsWith('s3.') ? undefined : ofLocalhost
}
