import {
  GenerateMobileSdkReleaseUrl$,
  GetMobileSdkRelease$,
  ListMobileSdkReleases$,
} from '@aws-sdk/client-wafv2'
import type {
  GenerateMobileSdkReleaseUrlRequest,
  GenerateMobileSdkReleaseUrlResponse,
  GetMobileSdkReleaseRequest,
  GetMobileSdkReleaseResponse,
  ListMobileSdkReleasesRequest,
  ListMobileSdkReleasesResponse,
} from '@aws-sdk/client-wafv2'
import { operation } from '../../kernel/service.ts'
import { nonexistent } from './errors.ts'

/** ListMobileSdkReleases: AWS's SDK is AWS's to give away, so there is none. */
export const ListMobileSdkReleases = operation<
  ListMobileSdkReleasesRequest,
  ListMobileSdkReleasesResponse
>(ListMobileSdkReleases$, {
  access: () => ({ resource: '*' }),
  handle: () => ({ ReleaseSummaries: [] }),
})

/** GetMobileSdkRelease: there is none. */
export const GetMobileSdkRelease = operation<
  GetMobileSdkReleaseRequest,
  GetMobileSdkReleaseResponse
>(GetMobileSdkRelease$, {
  access: () => ({ resource: '*' }),
  handle() {
    throw nonexistent()
  },
})

/** GenerateMobileSdkReleaseUrl: there is nothing to download. */
export const GenerateMobileSdkReleaseUrl = operation<
  GenerateMobileSdkReleaseUrlRequest,
  GenerateMobileSdkReleaseUrlResponse
>(GenerateMobileSdkReleaseUrl$, {
  access: () => ({ resource: '*' }),
  readOnly: true,
  handle() {
    throw nonexistent()
  },
})
