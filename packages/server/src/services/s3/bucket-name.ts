/** Prefixes and suffixes that AWS keeps for itself. */
const reserved = /^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/

/**
 * Whether a name may be given to a new bucket.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function isBucketName(name: string): boolean {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) return false
  if (name.includes('..') || /^\d{1,3}(\.\d{1,3}){3}$/.test(name)) return false
  return !reserved.test(name) || name.startsWith('amzn-s3-demo-')
}
