import type { AWSManagedRulesACFPRuleSet, ManagedRuleGroupConfig } from '@aws-sdk/client-wafv2'
import { automatedBrowser, browserInconsistency } from '../bots/signals.ts'
import type { ParsedRequest } from '../../parsed-request.ts'
import { counted, countedDistinct } from '../counting.ts'
import { jsonBody } from '../examples.ts'
import { requestRule } from '../request-rule.ts'
import type {
  ExampleScene,
  ManagedRule,
  ManagedRuleGroup,
  ManagedScene,
  RequestExample,
} from '../rule.ts'
import { isDisposable } from './disposable.ts'
import { cognitoHost, fieldText, isAt, isStolen, levelOf, sessionOf } from './forms.ts'

const tenMinutes = 600
const halfHour = 1800

/** The creation of an account as the group's configuration lets it be read. */
interface Creation {
  readonly request: ParsedRequest
  readonly scene: ManagedScene
  readonly config: AWSManagedRulesACFPRuleSet
  field(of: 'UsernameField' | 'PasswordField' | 'EmailField'): string | undefined
}

const configs: ManagedRuleGroupConfig[] = [
  {
    AWSManagedRulesACFPRuleSet: {
      CreationPath: '/accounts',
      RegistrationPagePath: '/register',
      RequestInspection: {
        PayloadType: 'JSON',
        UsernameField: { Identifier: '/username' },
        PasswordField: { Identifier: '/password' },
        EmailField: { Identifier: '/email' },
        PhoneNumberFields: [{ Identifier: '/phone' }],
        AddressFields: [{ Identifier: '/street' }, { Identifier: '/city' }],
      },
    },
  },
]

function settings(scene: ManagedScene): AWSManagedRulesACFPRuleSet | undefined {
  return scene.configs.find((config) => config.AWSManagedRulesACFPRuleSet)
    ?.AWSManagedRulesACFPRuleSet
}

interface CreationRule {
  readonly name: string
  readonly action?: ManagedRule['action']
  readonly label: string | undefined
  readonly reason: string
  find(creation: Creation): string | undefined
  readonly attack: RequestExample
  readonly benign: RequestExample
}

function creationRule({
  name,
  action,
  label,
  reason,
  find,
  attack,
  benign,
}: CreationRule): ManagedRule {
  return requestRule({
    name,
    label: name,
    reason,
    ...(action === undefined ? {} : { action }),
    find(request, scene) {
      const config = settings(scene)
      if (config === undefined || request.request.method !== 'POST') return undefined
      if (!isAt(request, config.CreationPath, config.EnableRegexInPath)) return undefined
      const field: Creation['field'] = (of) =>
        fieldText(request, config.RequestInspection?.[of]?.Identifier)
      const evidence = find({ request, scene, config, field })
      if (evidence !== undefined && label !== undefined) scene.addLabel(label)
      return evidence
    },
    examples: { attack: [attack], benign: [benign, { ...attack, target: '/elsewhere' }] },
  })
}

const token = { state: 'accepted', id: '5f0c' } as const
const person = {
  username: 'ann',
  password: 'correct horse',
  email: 'ann@example.com',
  phone: '+4930123456',
  street: 'Weg 5',
  city: 'Ulm',
}

function creation(scene: ExampleScene, changes: object = {}): RequestExample {
  return {
    ...jsonBody({ ...person, ...changes }),
    target: '/accounts',
    scene: { configs, token, ...scene },
  }
}

/** Labels a count below the highest level, and tells the highest. */
function highest(
  scene: ManagedScene,
  topic: string,
  count: number,
  levels: readonly [number, number, number],
): string | undefined {
  const level = levelOf(count, levels)
  if (level !== undefined && level !== 'high') scene.addLabel(`aggregate:${topic}:${level}`)
  return level === 'high' ? `${count} accounts` : undefined
}

function joined(
  request: ParsedRequest,
  fields: readonly { Identifier: string | undefined }[] | undefined,
): string | undefined {
  const texts = (fields ?? [])
    .map(({ Identifier }) => fieldText(request, Identifier))
    .filter((text) => text !== undefined)
  return texts.length === 0
    ? undefined
    : texts
        .join(' ')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, ' ')
}

function addressCount({ request, scene, config }: Creation): number {
  const address = joined(request, config.RequestInspection?.AddressFields)
  return address === undefined ? 0 : counted(scene, 'postal', address, halfHour)
}

const pages: readonly ManagedRule[] = [
  requestRule({
    name: 'UnsupportedCognitoIDP',
    label: 'UnsupportedCognitoIDP',
    reason: 'a user pool of Cognito, which this group does not protect',
    find(request, scene) {
      const host = settings(scene) === undefined ? undefined : cognitoHost(request)
      if (host !== undefined) scene.addLabel('unsupported:cognito_idp')
      return host
    },
    examples: {
      attack: [{ headers: { host: 'pool.auth.us-east-1.amazoncognito.com' }, scene: { configs } }],
      benign: [{ scene: { configs } }],
    },
  }),
  requestRule({
    name: 'AllRequests',
    label: 'AllRequests',
    action: 'Challenge',
    reason: 'the page with the form, which is to be had with a token only',
    find(request, scene) {
      const config = settings(scene)
      const text = (request.header('accept') ?? '').includes('text/html')
      return request.request.method === 'GET' &&
        text &&
        isAt(request, config?.RegistrationPagePath, config?.EnableRegexInPath)
        ? request.uriPath.slice(0, 100)
        : undefined
    },
    examples: {
      attack: [{ target: '/register', scene: { configs } }],
      benign: [{ target: '/', scene: { configs } }, { target: '/register' }],
    },
  }),
]

const signals: readonly ManagedRule[] = [
  creationRule({
    name: 'RiskScoreHigh',
    label: 'risk_score:high',
    reason: 'an address of mail for one use, or of the network that is known for attacks',
    find({ request, scene, field }) {
      const email = field('EmailField') ?? field('UsernameField') ?? ''
      const listed =
        scene.surroundings
          .addressList?.('AWSManagedIPReputationList')
          ?.has(request.request.clientIp) === true
      if (listed) scene.addLabel('risk_score:contributor:ip_reputation:high')
      if (isDisposable(email)) return email.slice(0, 100)
      return listed ? request.request.clientIp : undefined
    },
    attack: creation({}, { email: 'x81@mailinator.com' }),
    benign: creation({}),
  }),
  creationRule({
    name: 'SignalCredentialCompromised',
    label: 'signal:credential_compromised',
    reason: 'credentials that were stolen elsewhere',
    find({ scene, field }) {
      const username = field('UsernameField') ?? field('EmailField')
      const password = field('PasswordField')
      if (username === undefined || password === undefined) {
        scene.addLabel('signal:missing_credential')
        return undefined
      }
      return isStolen(scene, username, password) ? username.slice(0, 100) : undefined
    },
    attack: creation({ stolenCredential: true }),
    benign: creation({ stolenCredential: false }),
  }),
  creationRule({
    name: 'SignalClientHumanInteractivityAbsentLow',
    action: 'Captcha',
    label: undefined,
    reason: 'a form that is sent sooner than anybody can fill it in',
    find({ scene }) {
      const found = scene.token()
      const since = found?.state === 'accepted' ? found.challengeSolvedAtMs : undefined
      const age = since === undefined ? undefined : scene.surroundings.nowMs - since
      if (age === undefined || age >= 3000) return undefined
      scene.addLabel('signal:client:human_interactivity:low')
      return `${age} ms after the challenge`
    },
    attack: creation({ token: { ...token, challengeSolvedAtMs: 1_700_000_000_000 - 500 } }),
    benign: creation({ token: { ...token, challengeSolvedAtMs: 1_700_000_000_000 - 20_000 } }),
  }),
  creationRule({
    name: 'AutomatedBrowser',
    label: 'signal:automated_browser',
    reason: 'a browser that a program drives',
    find: ({ request }) => automatedBrowser(request),
    attack: withHeader(creation({}), 'user-agent', 'Mozilla/5.0 (X11) HeadlessChrome/120.0'),
    benign: creation({}),
  }),
  creationRule({
    name: 'BrowserInconsistency',
    action: 'Captcha',
    label: 'signal:browser_inconsistency',
    reason: 'a browser whose words do not go together',
    find: ({ request }) => browserInconsistency(request),
    attack: withHeader(creation({}), 'sec-ch-ua-platform', '"Linux"'),
    benign: creation({}),
  }),
]

function withHeader(example: RequestExample, name: string, value: string): RequestExample {
  return { ...example, headers: { ...example.headers, [name]: value } }
}

const volumes: readonly ManagedRule[] = [
  creationRule({
    name: 'VolumetricIpHigh',
    action: 'Captcha',
    label: 'aggregate:volumetric:ip:creation:high',
    reason: 'more than 20 accounts from one address in ten minutes',
    find: ({ request, scene }) =>
      highest(
        scene,
        'volumetric:ip:creation',
        counted(scene, 'ip', request.request.clientIp, tenMinutes),
        [10, 15, 20],
      ),
    attack: creation({ count: 21 }),
    benign: creation({ count: 20 }),
  }),
  creationRule({
    name: 'VolumetricSessionHigh',
    label: 'aggregate:volumetric:session:creation:high',
    reason: 'more than ten accounts of one session in half an hour',
    find({ scene }) {
      const id = sessionOf(scene)
      return id === undefined
        ? undefined
        : highest(
            scene,
            'volumetric:session:creation',
            counted(scene, 'session', id, halfHour),
            [1, 5, 10],
          )
    },
    attack: creation({ count: 11 }),
    benign: creation({ count: 10 }),
  }),
  creationRule({
    name: 'AttributeUsernameTraversalHigh',
    label: 'aggregate:attribute:username_traversal:creation:high',
    reason: 'one session makes more than ten names in half an hour',
    find({ scene, field }) {
      const id = sessionOf(scene)
      const username = field('UsernameField') ?? field('EmailField')
      if (id === undefined || username === undefined) return undefined
      return highest(
        scene,
        'attribute:username_traversal:creation',
        countedDistinct(scene, 'names', [id, username], halfHour),
        [1, 5, 10],
      )
    },
    attack: creation({ count: 11 }),
    benign: creation({ count: 10 }),
  }),
  creationRule({
    name: 'VolumetricPhoneNumberHigh',
    label: 'aggregate:volumetric:phone_number:high',
    reason: 'more than ten accounts with one telephone number in half an hour',
    find({ request, scene, config }) {
      const phone = joined(request, config.RequestInspection?.PhoneNumberFields)
      return phone === undefined
        ? undefined
        : highest(
            scene,
            'volumetric:phone_number',
            counted(scene, 'phone', phone, halfHour),
            [1, 5, 10],
          )
    },
    attack: creation({ count: 11 }),
    benign: creation({ count: 10 }),
  }),
  creationRule({
    name: 'VolumetricAddressHigh',
    label: 'aggregate:volumetric:address:high',
    reason: 'more than a hundred accounts with one postal address in half an hour',
    find(each) {
      const count = addressCount(each)
      return count > 100 ? `${count} accounts` : undefined
    },
    attack: creation({ count: 101 }),
    benign: creation({ count: 100 }),
  }),
  creationRule({
    name: 'VolumetricAddressLow',
    action: 'Captcha',
    label: undefined,
    reason: 'more than ten accounts with one postal address in half an hour',
    find(each) {
      const level = levelOf(addressCount(each), [10, 50, 100])
      if (level === undefined || level === 'high') return undefined
      each.scene.addLabel(`aggregate:volumetric:address:${level}`)
      return `many accounts with one address: ${level}`
    },
    attack: creation({ count: 11 }),
    benign: creation({ count: 10 }),
  }),
  creationRule({
    name: 'VolumetricIPSuccessfulResponse',
    label: 'aggregate:volumetric:ip:successful_creation_response:high',
    reason: 'more than ten accounts were made from one address in ten minutes',
    find({ request, scene }) {
      const count =
        scene.surroundings.answers?.('success', request.request.clientIp, tenMinutes) ?? 0
      return highest(scene, 'volumetric:ip:successful_creation_response', count, [1, 5, 10])
    },
    attack: creation({ answers: 11 }),
    benign: creation({ answers: 10 }),
  }),
  creationRule({
    name: 'VolumetricSessionSuccessfulResponse',
    label: 'aggregate:volumetric:session:successful_creation_response:low',
    reason: 'one session made more than one account in half an hour',
    find({ scene }) {
      const id = sessionOf(scene)
      const count =
        id === undefined ? 0 : (scene.surroundings.answers?.('success', id, halfHour) ?? 0)
      return count > 1 ? `${count} accounts` : undefined
    },
    attack: creation({ answers: 2 }),
    benign: creation({ answers: 1 }),
  }),
  creationRule({
    name: 'VolumetricSessionTokenReuseIp',
    label: 'aggregate:volumetric:session:creation:token_reuse:ip',
    reason: 'one session at more than five addresses',
    find({ request, scene }) {
      const id = sessionOf(scene)
      const count =
        id === undefined
          ? 0
          : countedDistinct(scene, 'places', [id, request.request.clientIp], halfHour)
      return count > 5 ? `${count} addresses` : undefined
    },
    attack: creation({ count: 6 }),
    benign: creation({ count: 5 }),
  }),
]

/** Accounts that are made to be misused. */
export const accountCreation: ManagedRuleGroup = {
  vendorName: 'AWS',
  name: 'AWSManagedRulesACFPRuleSet',
  version: 'Version_1.0',
  description:
    'Watches the page on which accounts are made: many of one hand, addresses for one use, stolen credentials.',
  capacity: 50,
  labelNamespace: 'awswaf:managed:aws:acfp:',
  rules: [...pages, ...signals, ...volumes],
}
