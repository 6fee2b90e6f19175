import {
  tagChanges,
  tagsProperty,
  textProperty,
  textsProperty,
  type ResourceType,
} from '../../kernel/resource-type.ts'
import { gone, taken } from './resource-parts.ts'

/** `AWS::IAM::OIDCProvider`. */
export const oidcProviderType: ResourceType = {
  type: 'AWS::IAM::OIDCProvider',
  required: [],
  optional: ['ClientIdList', 'Tags', 'ThumbprintList', 'Url'],
  replacing: ['Url'],
  attributes: ['Arn'],
  tags: 'list',
  async create(at, properties) {
    const Url = textProperty(properties, 'Url') ?? ''
    await at.tryCall(at.isRetry ? taken(at, {}, 'Url') : [], 'iam', 'CreateOpenIDConnectProvider', {
      Url,
      ClientIDList: textsProperty(properties, 'ClientIdList'),
      ThumbprintList: textsProperty(properties, 'ThumbprintList'),
      Tags: tagsProperty(properties),
    })
    const Arn = `arn:aws:iam::${at.account}:oidc-provider/${Url.replace(/^https?:\/\//, '')}`
    return { physicalId: Arn, attributes: { Arn } }
  },
  async update(at, properties, before) {
    const OpenIDConnectProviderArn = before.physicalId
    const named = { OpenIDConnectProviderArn }
    const ThumbprintList = textsProperty(properties, 'ThumbprintList')
    if (ThumbprintList.length > 0) {
      const operation = 'UpdateOpenIDConnectProviderThumbprint'
      await at.call('iam', operation, { ...named, ThumbprintList })
    }
    const [now = [], had = []] = [properties, before.properties].map((each) =>
      textsProperty(each, 'ClientIdList'),
    )
    for (const ClientID of now.filter((id) => !had.includes(id))) {
      await at.call('iam', 'AddClientIDToOpenIDConnectProvider', { ...named, ClientID })
    }
    for (const ClientID of had.filter((id) => !now.includes(id))) {
      await at.call('iam', 'RemoveClientIDFromOpenIDConnectProvider', { ...named, ClientID })
    }
    const { put, remove } = tagChanges(before.properties, properties)
    if (remove.length > 0) {
      await at.call('iam', 'UntagOpenIDConnectProvider', { ...named, TagKeys: remove })
    }
    if (put.length > 0) await at.call('iam', 'TagOpenIDConnectProvider', { ...named, Tags: put })
    return before
  },
  async delete(at, { physicalId }) {
    const named = { OpenIDConnectProviderArn: physicalId }
    await at.tryCall(gone, 'iam', 'DeleteOpenIDConnectProvider', named)
  },
}
