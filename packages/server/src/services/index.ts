// Written by `npm run fix` from the folders beside it.
import type { Service } from '../kernel/service.ts'
import { cloudtrail } from './cloudtrail/index.ts'
import { iam } from './iam/index.ts'
import { kms } from './kms/index.ts'
import { sts } from './sts/index.ts'

/** Every service that this server offers, by id. */
export const services: readonly Service[] = [cloudtrail, iam, kms, sts]
