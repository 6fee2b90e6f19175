// Written by `npm run fix` from the folders beside it.
import type { ServiceEntry } from '../kernel/service-registry.ts'

/** Every service that this server offers, by id. */
export const serviceEntries: readonly ServiceEntry[] = [
  {
    id: 'apigateway',
    signingNames: ['apigateway'],
    isOpen: false,
    load: async () => (await import('./apigateway/index.ts')).apigateway,
  },
  {
    id: 'cloudformation',
    signingNames: ['cloudformation'],
    isOpen: false,
    load: async () => (await import('./cloudformation/index.ts')).cloudformation,
  },
  {
    id: 'cloudfront',
    signingNames: ['cloudfront'],
    isOpen: false,
    load: async () => (await import('./cloudfront/index.ts')).cloudfront,
  },
  {
    id: 'cloudtrail',
    signingNames: ['cloudtrail'],
    isOpen: false,
    load: async () => (await import('./cloudtrail/index.ts')).cloudtrail,
  },
  {
    id: 'cloudwatch',
    signingNames: ['monitoring'],
    isOpen: false,
    load: async () => (await import('./cloudwatch/index.ts')).cloudwatch,
  },
  {
    id: 'ec2',
    signingNames: ['ec2'],
    isOpen: false,
    load: async () => (await import('./ec2/index.ts')).ec2,
  },
  {
    id: 'ecr',
    signingNames: ['ecr'],
    isOpen: false,
    load: async () => (await import('./ecr/index.ts')).ecr,
  },
  {
    id: 'elasticloadbalancing',
    signingNames: ['elasticloadbalancing'],
    isOpen: false,
    load: async () => (await import('./elasticloadbalancing/index.ts')).elasticloadbalancing,
  },
  {
    id: 'events',
    signingNames: ['events'],
    isOpen: false,
    load: async () => (await import('./events/index.ts')).events,
  },
  {
    id: 'iam',
    signingNames: ['iam'],
    isOpen: false,
    load: async () => (await import('./iam/index.ts')).iam,
  },
  {
    id: 'kms',
    signingNames: ['kms'],
    isOpen: false,
    load: async () => (await import('./kms/index.ts')).kms,
  },
  {
    id: 'lambda',
    signingNames: ['lambda'],
    isOpen: false,
    load: async () => (await import('./lambda/index.ts')).lambda,
  },
  {
    id: 'logs',
    signingNames: ['logs'],
    isOpen: false,
    load: async () => (await import('./logs/index.ts')).logs,
  },
  {
    id: 'organizations',
    signingNames: ['organizations'],
    isOpen: false,
    load: async () => (await import('./organizations/index.ts')).organizations,
  },
  {
    id: 'rds',
    signingNames: ['rds'],
    isOpen: true,
    load: async () => (await import('./rds/index.ts')).rds,
  },
  {
    id: 's3',
    signingNames: ['s3'],
    isOpen: true,
    load: async () => (await import('./s3/index.ts')).s3,
  },
  {
    id: 'secretsmanager',
    signingNames: ['secretsmanager'],
    isOpen: false,
    load: async () => (await import('./secretsmanager/index.ts')).secretsmanager,
  },
  {
    id: 'serverlessrepo',
    signingNames: ['serverlessrepo'],
    isOpen: false,
    load: async () => (await import('./serverlessrepo/index.ts')).serverlessrepo,
  },
  {
    id: 'sns',
    signingNames: ['sns'],
    isOpen: true,
    load: async () => (await import('./sns/index.ts')).sns,
  },
  {
    id: 'sqs',
    signingNames: ['sqs'],
    isOpen: false,
    load: async () => (await import('./sqs/index.ts')).sqs,
  },
  {
    id: 'ssm',
    signingNames: ['ssm'],
    isOpen: false,
    load: async () => (await import('./ssm/index.ts')).ssm,
  },
  {
    id: 'sts',
    signingNames: ['sts'],
    isOpen: true,
    load: async () => (await import('./sts/index.ts')).sts,
  },
  {
    id: 'wafv2',
    signingNames: ['wafv2'],
    isOpen: false,
    load: async () => (await import('./wafv2/index.ts')).wafv2,
  },
]
