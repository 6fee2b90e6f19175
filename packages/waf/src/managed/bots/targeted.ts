import type { ParsedRequest } from '../../parsed-request.ts'
import { counted, countedDistinct } from '../counting.ts'
import { inHeader } from '../examples.ts'
import { requestRule } from '../request-rule.ts'
import type { ExampleScene, ManagedRule, ManagedScene, RequestExample } from '../rule.ts'
import { automatedBrowser, automationExtension, browserInconsistency } from './signals.ts'

const fiveMinutes = 300
const targeted: Pick<ExampleScene, 'configs'> = {
  configs: [{ AWSManagedRulesBotControlRuleSet: { InspectionLevel: 'TARGETED' } }],
}
const accepted = { state: 'accepted', id: '5f0c' } as const

interface TargetedRule {
  readonly name: string
  readonly action: ManagedRule['action']
  readonly reason: string
  /** What the rule's descriptive label is, after the group's namespace. */
  readonly label?: string
  find(request: ParsedRequest, scene: ManagedScene): string | undefined
  readonly attack: RequestExample
  readonly benign?: RequestExample
}

function rule({ name, action, reason, label, find, attack, benign }: TargetedRule): ManagedRule {
  return requestRule({
    name,
    label: name,
    action,
    reason,
    find(request, scene) {
      if (
        !scene.configs.some(
          (config) => config.AWSManagedRulesBotControlRuleSet?.InspectionLevel === 'TARGETED',
        )
      )
        return undefined
      const evidence = find(request, scene)
      if (evidence !== undefined && label !== undefined) scene.addLabel(label)
      return evidence
    },
    examples: {
      attack: [{ ...attack, scene: { ...targeted, ...attack.scene } }],
      benign: [
        attack.scene?.configs === undefined
          ? { ...attack, scene: { ...attack.scene, configs: [] } }
          : { ...attack, scene: { ...attack.scene, count: 1 } },
        ...(benign ? [benign] : []),
      ],
    },
  })
}

function session(scene: ManagedScene): string | undefined {
  const token = scene.token()
  return token?.state === 'accepted' ? token.id : undefined
}

/** A rule on how many requests of one session came within five minutes. AWS learns what is usual; ours is a fixed number. */
function sessionVolume(
  name: string,
  action: ManagedRule['action'],
  label: string,
  least: number,
): ManagedRule {
  return rule({
    name,
    action,
    label: `targeted:aggregate:volumetric:session:${label}`,
    reason: `more than ${least} requests of one session in five minutes`,
    find(_, scene) {
      const id = session(scene)
      const count = id === undefined ? 0 : counted(scene, 'session', id, fiveMinutes)
      return count > least ? `${count} requests` : undefined
    },
    attack: { scene: { token: accepted, count: least + 1 } },
    benign: { scene: { ...targeted, token: accepted, count: least } },
  })
}

const places = {
  Ip: (request: ParsedRequest) => request.request.clientIp,
  Country: (request: ParsedRequest, scene: ManagedScene) =>
    scene.surroundings.country?.(request.request.clientIp)?.country,
  Asn: (request: ParsedRequest, scene: ManagedScene) =>
    scene.surroundings.asn?.(request.request.clientIp)?.toString(),
} as const

/** One session in how many addresses, countries or networks within five minutes. */
const reuseLevels = [
  ['Low', 'Count', 1],
  ['Medium', 'Captcha', 4],
  ['High', 'Block', 8],
] as const

function tokenReuse(
  place: keyof typeof places,
  [level, action, least]: (typeof reuseLevels)[number],
): ManagedRule {
  const where = place.toLowerCase()
  return rule({
    name: `TGT_TokenReuse${place}${level}`,
    action,
    label: `targeted:aggregate:volumetric:session:token_reuse:${where}:${level.toLowerCase()}`,
    reason: `one session at more than ${least} different places`,
    find(request, scene) {
      const id = session(scene)
      const member = places[place](request, scene)
      if (id === undefined || member === undefined) return undefined
      const count = countedDistinct(scene, 'places', [id, member], fiveMinutes)
      return count > least ? `${count} of ${where}` : undefined
    },
    attack: { scene: { token: accepted, count: least + 1, country: 'DE', asn: 64496 } },
    benign: { scene: { ...targeted, token: accepted, count: least, country: 'DE', asn: 64496 } },
  })
}

const coordinationLevels = [
  ['Low', 'Count', 50],
  ['Medium', 'Captcha', 200],
  ['High', 'Captcha', 1000],
] as const

/** Addresses without number that send the same from the same kind of client to the same place: ours counts them, AWS's learns. */
function coordinated([level, action, least]: (typeof coordinationLevels)[number]): ManagedRule {
  return rule({
    name: `TGT_ML_CoordinatedActivity${level}`,
    action,
    label: `targeted:aggregate:coordinated_activity:${level.toLowerCase()}`,
    reason: `more than ${least} addresses with one client's fingerprint at one place`,
    find(request, scene) {
      const { clientIp, ja4, method } = request.request
      const config = scene.configs.find((each) => each.AWSManagedRulesBotControlRuleSet)
      if (
        config?.AWSManagedRulesBotControlRuleSet?.EnableMachineLearning === false ||
        scene.token()?.state === 'accepted'
      )
        return undefined
      const print = [
        ja4 ?? '',
        request.header('user-agent') ?? '',
        request.header('accept-language') ?? '',
        method,
        request.uriPath,
      ].join('\n')
      const count = countedDistinct(scene, 'prints', [print, clientIp], fiveMinutes)
      return count > least ? `${count} addresses` : undefined
    },
    attack: { scene: { count: least + 1 } },
    benign: { scene: { ...targeted, count: least } },
  })
}

/** The rules that are at work at the targeted level alone. */
export const targetedRules: readonly ManagedRule[] = [
  rule({
    name: 'TGT_VolumetricIpTokenAbsent',
    action: 'Challenge',
    label: 'targeted:aggregate:volumetric:ip:token_absent',
    reason: 'five or more requests of one address without a token in five minutes',
    find(request, scene) {
      if (scene.token() !== undefined) return undefined
      const count = counted(scene, 'address', request.request.clientIp, fiveMinutes)
      return count >= 5 ? `${count} requests` : undefined
    },
    attack: { scene: { count: 5 } },
    benign: { scene: { ...targeted, count: 4 } },
  }),
  rule({
    name: 'TGT_TokenAbsent',
    action: 'Count',
    reason: 'a request without a token',
    find: (_, scene) => (scene.token() === undefined ? 'no token' : undefined),
    attack: {},
    benign: { scene: { ...targeted, token: accepted } },
  }),
  sessionVolume('TGT_VolumetricSession', 'Captcha', 'high', 300),
  sessionVolume('TGT_VolumetricSessionMaximum', 'Block', 'maximum', 1500),
  rule({
    name: 'TGT_SignalAutomatedBrowser',
    action: 'Captcha',
    label: 'targeted:signal:automated_browser',
    reason: 'a browser that a program drives',
    find: automatedBrowser,
    attack: inHeader('user-agent', 'Mozilla/5.0 (Windows NT 10.0) PhantomJS/2.1.1'),
  }),
  rule({
    name: 'TGT_SignalBrowserAutomationExtension',
    action: 'Captcha',
    label: 'targeted:signal:browser_automation_extension',
    reason: 'an extension that plays recorded visits',
    find: automationExtension,
    attack: inHeader('origin', 'chrome-extension://mooikfkahbdckldjjndioackbalphokd'),
  }),
  rule({
    name: 'TGT_SignalBrowserInconsistency',
    action: 'Captcha',
    label: 'targeted:signal:browser_inconsistency',
    reason: 'a browser whose words do not go together',
    find: browserInconsistency,
    attack: inHeader('sec-ch-ua-platform', '"Linux"'),
  }),
  ...coordinationLevels.map(coordinated),
  ...(['Ip', 'Country', 'Asn'] as const).flatMap((place) =>
    reuseLevels.map((level) => tokenReuse(place, level)),
  ),
]
