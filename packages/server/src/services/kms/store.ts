import type {
  ConnectionErrorCodeType,
  ConnectionStateType,
  CustomKeyStoreType,
  ExpirationModelType,
  GrantOperation,
  KeyMaterialState,
  KeySpec,
  KeyUsageType,
  OriginType,
  RotationType,
  WrappingKeySpec,
  AlgorithmSpec,
  XksProxyConnectivityType,
} from '@aws-sdk/client-kms'
import { defineTable } from '../../kernel/store/store.ts'

/** What is known of one key material, its secret bytes apart. Times are ISO 8601. */
export interface MaterialFacts {
  readonly id: string
  readonly state: KeyMaterialState
  /** False while imported material is deleted or expired, or not yet imported into a replica. */
  readonly present: boolean
  /** When a rotation made it current; absent for the first material. */
  readonly rotatedAt?: string
  readonly rotationType?: RotationType
  /** Of imported material only. */
  readonly expirationModel?: ExpirationModelType
  readonly validTo?: string
  readonly description?: string
}

/** A tag of a key. */
export interface KeyTag {
  readonly key: string
  readonly value: string
}

/** A KMS key: everything but its secret. Times are ISO 8601. */
export interface KeyRow {
  readonly id: string
  readonly accountId: string
  readonly region: string
  readonly arn: string
  readonly createdAt: string
  readonly description: string
  readonly spec: KeySpec
  readonly usage: KeyUsageType
  readonly origin: OriginType
  readonly manager: 'AWS' | 'CUSTOMER'
  /** What EnableKey and DisableKey set; the key state depends on more. */
  readonly enabled: boolean
  /** Scheduled deletion; without a date it waits for the last replica to go. */
  readonly deletion?: { readonly windowDays: number; readonly date?: string }
  /** Set while the custom key store is disconnected. */
  readonly unavailable?: true
  readonly multiRegion?: { readonly primary: string; readonly replicas: readonly string[] }
  readonly policy: string
  readonly tags: readonly KeyTag[]
  /** Names of its aliases (`alias/x`), in order; the alias rows point back. */
  readonly aliases: readonly string[]
  /** Oldest first. */
  readonly materials: readonly MaterialFacts[]
  readonly currentMaterialId?: string
  readonly rotation?: { readonly periodDays: number; readonly nextAt: string }
  readonly onDemandRotations: number
  readonly customKeyStoreId?: string
  readonly cloudHsmClusterId?: string
  readonly xksKeyId?: string
}
/** The keys of an account and Region, by key id. */
export const keys = defineTable<KeyRow>({
  name: 'kms.keys',
  scope: 'region',
  indexes: { customKeyStore: (row) => row.customKeyStoreId },
})

/** The secret of one key material: raw bytes or PKCS#8 DER, in base64. */
export interface MaterialRow {
  readonly keyId: string
  readonly id: string
  readonly secret: string
}
/** Key materials, by `<key id>/<material id>`. */
export const materials = defineTable<MaterialRow>({
  name: 'kms.materials',
  scope: 'region',
  sealed: ['secret'],
})

/** The account of every key id, for ciphertext that another account's key made. */
export const keyOwners = defineTable<{ readonly accountId: string }>({
  name: 'kms.key-owners',
  scope: 'system',
})

/** An alias, by name (`alias/x`). */
export interface AliasRow {
  readonly name: string
  readonly keyId: string
  readonly createdAt: string
  readonly updatedAt: string
}
/** The aliases of an account and Region. */
export const aliases = defineTable<AliasRow>({
  name: 'kms.aliases',
  scope: 'region',
  indexes: { key: (row) => row.keyId },
})

/** What a grant demands of the calls it allows. */
export interface GrantLimits {
  readonly contextEquals?: Readonly<Record<string, string>>
  readonly contextSubset?: Readonly<Record<string, string>>
  readonly sourceArn?: string
}

/** A grant. */
export interface GrantRow {
  readonly id: string
  readonly keyId: string
  readonly name?: string
  readonly createdAt: string
  readonly issuingAccount: string
  /** The unique id of a user, role or role session, another principal's ARN, or a service principal. */
  readonly grantee: string
  readonly granteeIsService: boolean
  /** As `grantee`. */
  readonly retiring?: string
  /** The account whose principal may retire it. */
  readonly retiringAccount?: string
  readonly retiringIsService: boolean
  readonly operations: readonly GrantOperation[]
  readonly limits: GrantLimits
}
/** Grants, by `<key id>/<grant id>`, in the account and Region of their key. */
export const grants = defineTable<GrantRow>({
  name: 'kms.grants',
  scope: 'region',
  indexes: {
    key: (row) => row.keyId,
    grantee: (row) => `${row.keyId} ${row.grantee}`,
    name: (row) => (row.name === undefined ? undefined : `${row.keyId} ${row.name}`),
  },
})

/** Where a grant is that a principal of this account may retire. */
export interface RetirableRow {
  readonly keyAccount: string
  readonly keyId: string
  readonly grantId: string
  readonly retiring: string
}
/** Retirable grants by grant id, in the account of the retiring principal. */
export const retirables = defineTable<RetirableRow>({
  name: 'kms.retirable-grants',
  scope: 'region',
  indexes: { retiring: (row) => row.retiring },
})

/** The wrapping key of one GetParametersForImport. */
export interface ImportRow {
  readonly keyId: string
  readonly wrappingKeySpec: WrappingKeySpec
  readonly algorithm: AlgorithmSpec
  readonly validTo: string
  /** PKCS#8 DER in base64. */
  readonly privateKey: string
}
/** Import parameters, by the id that the import token carries. */
export const imports = defineTable<ImportRow>({
  name: 'kms.imports',
  scope: 'region',
  sealed: ['privateKey'],
})

/** A custom key store. */
export interface CustomKeyStoreRow {
  readonly id: string
  readonly name: string
  readonly type: CustomKeyStoreType
  readonly createdAt: string
  readonly connection: ConnectionStateType
  readonly connectionError?: ConnectionErrorCodeType
  readonly cloudHsmClusterId?: string
  readonly trustAnchorCertificate?: string
  /** The `kmsuser` password, or the secret access key of the proxy. */
  readonly secret: string
  readonly xks?: {
    readonly connectivity: XksProxyConnectivityType
    readonly accessKeyId: string
    readonly endpoint: string
    readonly path: string
    readonly vpcService?: string
    readonly vpcServiceOwner?: string
  }
}
/** The custom key stores of an account and Region, by id. */
export const customKeyStores = defineTable<CustomKeyStoreRow>({
  name: 'kms.custom-key-stores',
  scope: 'region',
  sealed: ['secret'],
})
