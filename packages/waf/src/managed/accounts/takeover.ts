import type { AWSManagedRulesATPRuleSet, ManagedRuleGroupConfig } from '@aws-sdk/client-wafv2'
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
import { cognitoHost, fieldText, isAt, isStolen, levelOf, sessionOf } from './forms.ts'

const tenMinutes = 600
const halfHour = 1800
const sixHoursMs = 6 * 3600 * 1000

/** A login as the group's configuration lets it be read. */
interface Login {
  readonly request: ParsedRequest
  readonly scene: ManagedScene
  readonly username: string | undefined
  readonly password: string | undefined
}

const configs: ManagedRuleGroupConfig[] = [
  {
    AWSManagedRulesATPRuleSet: {
      LoginPath: '/login',
      RequestInspection: {
        PayloadType: 'JSON',
        UsernameField: { Identifier: '/username' },
        PasswordField: { Identifier: '/password' },
      },
    },
  },
]

function settings(scene: ManagedScene): AWSManagedRulesATPRuleSet | undefined {
  for (const config of scene.configs) {
    if (config.AWSManagedRulesATPRuleSet) return config.AWSManagedRulesATPRuleSet
    // The older spelling puts the same members beside one another.
    if (config.LoginPath !== undefined) {
      const { LoginPath, UsernameField, PasswordField, PayloadType = 'JSON' } = config
      return { LoginPath, RequestInspection: { PayloadType, UsernameField, PasswordField } }
    }
  }
  return undefined
}

interface LoginRule {
  readonly name: string
  /** The descriptive label, after the group's namespace. */
  readonly label: string
  readonly reason: string
  find(login: Login): string | undefined
  readonly attack: RequestExample
  readonly benign: RequestExample
}

function loginRule({ name, label, reason, find, attack, benign }: LoginRule): ManagedRule {
  return requestRule({
    name,
    label: name,
    reason,
    find(request, scene) {
      const config = settings(scene)
      if (config === undefined || request.request.method !== 'POST') return undefined
      if (!isAt(request, config.LoginPath, config.EnableRegexInPath)) return undefined
      const { UsernameField, PasswordField } = config.RequestInspection ?? {}
      const username = fieldText(request, UsernameField?.Identifier)
      const password = fieldText(request, PasswordField?.Identifier)
      const evidence = find({ request, scene, username, password })
      if (evidence !== undefined) scene.addLabel(label)
      return evidence
    },
    examples: { attack: [attack], benign: [benign, { ...attack, target: '/elsewhere' }] },
  })
}

const token = {
  state: 'accepted',
  id: '5f0c',
  challengeSolvedAtMs: 1_700_000_000_000 - 60_000,
} as const

function login(
  scene: ExampleScene,
  body: object = { username: 'a@example.com', password: 'correct horse' },
): RequestExample {
  return { ...jsonBody(body), target: '/login', scene: { configs, ...scene } }
}

/** Labels a count with its level; the rule itself is about the highest. */
function high(scene: ManagedScene, topic: string, count: number): string | undefined {
  const level = levelOf(count, [10, 15, 20])
  if (level !== undefined && level !== 'high') scene.addLabel(`aggregate:${topic}:${level}`)
  return level === 'high' ? `${count} logins` : undefined
}

const requestRules: readonly ManagedRule[] = [
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
      attack: [{ headers: { host: 'cognito-idp.us-east-1.amazonaws.com' }, scene: { configs } }],
      benign: [
        { scene: { configs } },
        { headers: { host: 'cognito-idp.us-east-1.amazonaws.com' } },
      ],
    },
  }),
  loginRule({
    name: 'VolumetricIpHigh',
    label: 'aggregate:volumetric:ip:high',
    reason: 'more than 20 logins from one address in ten minutes',
    find: ({ request, scene }) =>
      high(scene, 'volumetric:ip', counted(scene, 'ip', request.request.clientIp, tenMinutes)),
    attack: login({ count: 21 }),
    benign: login({ count: 20 }),
  }),
  loginRule({
    name: 'VolumetricSession',
    label: 'aggregate:volumetric:session:high',
    reason: 'more than 20 logins of one session in half an hour',
    find({ scene }) {
      const id = sessionOf(scene)
      return id === undefined
        ? undefined
        : high(scene, 'volumetric:session', counted(scene, 'session', id, halfHour))
    },
    attack: login({ count: 21, token }),
    benign: login({ count: 20, token }),
  }),
  loginRule({
    name: 'AttributeCompromisedCredentials',
    label: 'aggregate:attribute:compromised_credentials:high',
    reason: 'more than one login of one session with stolen credentials in half an hour',
    find({ scene, username = '', password = '' }) {
      if (!isStolen(scene, username, password)) return undefined
      scene.addLabel('signal:credential_compromised')
      const id = sessionOf(scene)
      const count = id === undefined ? 0 : counted(scene, 'stolen', id, halfHour)
      return count > 1 ? `${count} stolen credentials` : undefined
    },
    attack: login(
      { count: 2, token },
      { username: 'WAF_TEST_CREDENTIAL@wafexample.com', password: 'WAF_TEST_CREDENTIAL_PASSWORD' },
    ),
    benign: login({ count: 2, token }),
  }),
  loginRule({
    name: 'AttributeUsernameTraversal',
    label: 'aggregate:attribute:username_traversal:high',
    reason: 'one session tries more than 20 names in half an hour',
    find({ scene, username }) {
      const id = sessionOf(scene)
      if (id === undefined || username === undefined) return undefined
      return high(
        scene,
        'attribute:username_traversal',
        countedDistinct(scene, 'names', [id, username], halfHour),
      )
    },
    attack: login({ count: 21, token }),
    benign: login({ count: 20, token }),
  }),
  loginRule({
    name: 'AttributePasswordTraversal',
    label: 'aggregate:attribute:password_traversal:high',
    reason: 'more than 20 passwords for one name in half an hour',
    find({ scene, username, password }) {
      if (username === undefined || password === undefined) return undefined
      return high(
        scene,
        'attribute:password_traversal',
        countedDistinct(scene, 'passwords', [username, password], halfHour),
      )
    },
    attack: login({ count: 21 }),
    benign: login({ count: 20 }),
  }),
  loginRule({
    name: 'AttributeLongSession',
    label: 'aggregate:attribute:long_session:high',
    reason: 'a session of more than six hours',
    find({ scene }) {
      const found = scene.token()
      if (found?.state !== 'accepted' || found.challengeSolvedAtMs === undefined) return undefined
      const age = scene.surroundings.nowMs - found.challengeSolvedAtMs
      return age > sixHoursMs ? `${Math.round(age / 60_000)} minutes` : undefined
    },
    attack: login({ token: { ...token, challengeSolvedAtMs: 1_700_000_000_000 - sixHoursMs - 1 } }),
    benign: login({ token }),
  }),
  loginRule({
    name: 'TokenRejected',
    label: 'signal:token_rejected',
    reason: 'a login with a token that is not valid',
    find({ scene }) {
      const found = scene.token()
      return found?.state === 'rejected' ? found.reason : undefined
    },
    attack: login({ token: { state: 'rejected', reason: 'invalid' } }),
    benign: login({ token }),
  }),
  loginRule({
    name: 'SignalMissingCredential',
    label: 'signal:missing_credential',
    reason: 'a login without a name or without a password',
    find: ({ username, password }) =>
      username && password ? undefined : username ? 'no password' : 'no name',
    attack: login({}, { username: 'a@example.com' }),
    benign: login({}),
  }),
]

const answerRules: readonly ManagedRule[] = [
  loginRule({
    name: 'VolumetricIpFailedLoginResponseHigh',
    label: 'aggregate:volumetric:ip:failed_login_response:high',
    reason: 'more than ten failed logins of one address in ten minutes',
    find({ request, scene }) {
      const count =
        scene.surroundings.answers?.('failure', request.request.clientIp, tenMinutes) ?? 0
      return count > 10 ? `${count} failures` : undefined
    },
    attack: login({ answers: 11 }),
    benign: login({ answers: 10 }),
  }),
  loginRule({
    name: 'VolumetricSessionFailedLoginResponseHigh',
    label: 'aggregate:volumetric:session:failed_login_response:high',
    reason: 'more than ten failed logins of one session in half an hour',
    find({ scene }) {
      const id = sessionOf(scene)
      const count =
        id === undefined ? 0 : (scene.surroundings.answers?.('failure', id, halfHour) ?? 0)
      return count > 10 ? `${count} failures` : undefined
    },
    attack: login({ answers: 11, token }),
    benign: login({ answers: 10, token }),
  }),
]

/** Logins that try what was stolen or guessed elsewhere. */
export const accountTakeover: ManagedRuleGroup = {
  vendorName: 'AWS',
  name: 'AWSManagedRulesATPRuleSet',
  version: 'Version_1.0',
  description:
    'Watches the page for logins: stolen credentials, and names or passwords that are tried one after another.',
  capacity: 50,
  labelNamespace: 'awswaf:managed:aws:atp:',
  rules: [...requestRules, ...answerRules],
}
