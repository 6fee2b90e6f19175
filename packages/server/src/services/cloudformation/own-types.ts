import type { ResourceType } from '../../kernel/resource-type.ts'

/** Types that are nothing beyond their stack. */
export const ownTypes: readonly ResourceType[] = [
  {
    type: 'AWS::CDK::Metadata',
    required: [],
    optional: ['Analytics', 'Modules'],
    replacing: [],
    attributes: [],
    create: (at) => Promise.resolve({ physicalId: at.newName(), attributes: {} }),
    update: (_at, _properties, before) => Promise.resolve(before),
    delete: () => Promise.resolve(),
  },
]
