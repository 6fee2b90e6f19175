import * as sdk from '@aws-sdk/client-kms'
import { awsJson } from '@bartizan/wire'
import { defineService, jsonErrorCodes } from '../../kernel/service.ts'
import * as agreement from './agreement.ts'
import * as aliases from './aliases.ts'
import * as customKeyStores from './custom-key-stores.ts'
import * as dataKeys from './data-keys.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as deletion from './deletion.ts'
import * as encryption from './encryption.ts'
import * as grants from './grants.ts'
import * as importing from './import.ts'
import * as keys from './keys.ts'
import * as macs from './macs.ts'
import * as multiRegion from './multi-region.ts'
import * as policies from './policies.ts'
import * as random from './random.ts'
import { kmsResources } from './resources.ts'
import { rotateJob } from './rotate.ts'
import * as rotation from './rotation.ts'
import * as signing from './signing.ts'
import * as tags from './tags.ts'
import * as usage from './usage.ts'

/** AWS Key Management Service (https://docs.aws.amazon.com/kms/latest/APIReference/). */
export const kms = defineService({
  id: 'kms',
  protocols: [awsJson('1.1', 'TrentService')],
  sdk,
  operations: [
    agreement,
    aliases,
    customKeyStores,
    dataKeys,
    deletion,
    encryption,
    grants,
    importing,
    keys,
    macs,
    multiRegion,
    policies,
    random,
    rotation,
    signing,
    tags,
    usage,
  ],
  constraints,
  errorCodes: { ...jsonErrorCodes, internal: 'KMSInternalException' },
  jobs: [rotateJob, deletion.deleteJob, importing.expireJob, importing.forgetImportJob],
  resources: kmsResources,
  fidelity: {
    supported: [
      'every key spec outside China, with real cryptography; states, policies, grants and conditions enforced',
      'rotation, deletion and expiry of imported material happen at their dates',
      'multi-Region keys with the same material in every Region',
      'answers to attested Nitro Enclaves (Recipient), verified against AWS’s root and those of BARTIZAN_NITRO_ROOTS_FILE',
    ],
    deviates: [
      'the states Creating and Updating last no longer than the call that causes them',
      'grants work at once: grant tokens are accepted and never needed',
      'a grant to an account allows its root user, and whom else the account’s IAM policies let; AWS documents accounts as grantees, not what follows',
      'principals of key policies and grants are kept by unique id and must exist where their account is one of this installation; other accounts are believed, by name',
      'an on-demand rotation is complete when the call returns, so OnDemandRotationStartDate never appears',
      'AWS managed keys appear in ListAliases once they exist; DescribeKey by alias makes them',
      'RSA_AES_KEY_WRAP carries symmetric and HMAC material too, which AWS documents for RSA and ECC only',
      'CreateCustomKeyStore takes any well-formed cluster id; connecting is refused, saying that the cluster is not there',
      'quotas that AWS raises on request (100,000 keys, 50,000 grants a key, request rates) are not enforced',
    ],
    absent: [
      'SM2 keys, which AWS has in China Regions only',
      'connecting a custom key store: there is no CloudHSM cluster and no external proxy to reach',
    ],
  },
})
