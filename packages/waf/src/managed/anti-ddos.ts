import type { AWSManagedRulesAntiDDoSRuleSet, ManagedRuleGroupConfig } from '@aws-sdk/client-wafv2'
import type { ParsedRequest } from '../parsed-request.ts'
import { compilePattern } from '../regex/pattern.ts'
import { requestRule } from './request-rule.ts'
import type {
  ExampleScene,
  ManagedRule,
  ManagedRuleGroup,
  ManagedScene,
  RequestExample,
} from './rule.ts'

/** Fewer requests a minute than this are no event, however few there were before. */
const leastEvent = 1000
/** An event is a minute with so many times the requests of the nine before it. */
const eventFactor = 4
/** How many requests a minute make a source suspicious, once there is an event. */
const suspicious = { low: 60, medium: 150, high: 400 } as const

type Suspicion = keyof typeof suspicious

interface Assessment {
  readonly event: boolean
  readonly suspicion: Suspicion | undefined
  readonly challengeable: boolean
}

const assessments = new WeakMap<ParsedRequest, Assessment>()

/** Counts the request and says what it is part of; the three rules of the group share the answer, and its labels. */
function assess(
  request: ParsedRequest,
  scene: ManagedScene,
  config: AWSManagedRulesAntiDDoSRuleSet,
): Assessment {
  const known = assessments.get(request)
  if (known !== undefined) return known
  const { rates, nowMs } = scene.surroundings
  const topic = `${scene.counterName.slice(0, scene.counterName.lastIndexOf('/') + 1)}traffic`
  const minute = rates.count(topic, 'minute', 60, nowMs)
  const before = Math.max(0, rates.count(`${topic} long`, 'ten minutes', 600, nowMs) - minute) / 9
  const own = rates.count(`${topic} source`, request.request.clientIp, 60, nowMs)
  const event = minute > leastEvent && minute > eventFactor * before
  const levels = ['high', 'medium', 'low'] as const
  const suspicion = event ? levels.find((level) => own > suspicious[level]) : undefined
  const found = { event, suspicion, challengeable: isChallengeable(request, config) }
  assessments.set(request, found)
  if (event) scene.addLabel('event-detected')
  if (suspicion !== undefined) {
    scene.addLabel('ddos-request')
    scene.addLabel(`${suspicion}-suspicion-ddos-request`)
  }
  if (found.challengeable) scene.addLabel('challengeable-request')
  return found
}

/** A GET of a page, of which a browser would run the script of a challenge, and none of the exempt. */
function isChallengeable(
  { request, uriPath }: ParsedRequest,
  config: AWSManagedRulesAntiDDoSRuleSet,
): boolean {
  const exempt = config.ClientSideActionConfig?.Challenge?.ExemptUriRegularExpressions ?? []
  return (
    request.method === 'GET' &&
    !exempt.some(
      ({ RegexString }) => RegexString !== undefined && compilePattern(RegexString)(uriPath),
    )
  )
}

/** The suspicions at which a sensitivity acts: LOW on the surest alone. */
function acts(sensitivity: string | undefined, suspicion: Suspicion | undefined): boolean {
  if (suspicion === undefined) return false
  return (
    sensitivity === 'HIGH' ||
    (sensitivity === 'MEDIUM' ? suspicion !== 'low' : suspicion === 'high')
  )
}

const configs: ManagedRuleGroupConfig[] = [
  {
    AWSManagedRulesAntiDDoSRuleSet: {
      ClientSideActionConfig: {
        Challenge: {
          UsageOfAction: 'ENABLED',
          Sensitivity: 'HIGH',
          ExemptUriRegularExpressions: [{ RegexString: '^/api/' }],
        },
      },
      SensitivityToBlock: 'LOW',
    },
  },
]

function rule(
  [name, label, action]: readonly [name: string, label: string, action: 'Block' | 'Challenge'],
  decide: (found: Assessment, config: AWSManagedRulesAntiDDoSRuleSet) => string | undefined,
  calm: RequestExample,
): ManagedRule {
  const flood: ExampleScene = { configs, count: 5000 }
  return requestRule({
    name,
    label,
    action,
    reason: 'a flood of requests',
    find(request, scene) {
      const config = scene.configs.find(
        (each) => each.AWSManagedRulesAntiDDoSRuleSet,
      )?.AWSManagedRulesAntiDDoSRuleSet
      return config === undefined ? undefined : decide(assess(request, scene, config), config)
    },
    examples: { attack: [{ scene: flood }], benign: [{ scene: { configs } }, calm] },
  })
}

function challenges({ ClientSideActionConfig }: AWSManagedRulesAntiDDoSRuleSet): boolean {
  return ClientSideActionConfig?.Challenge?.UsageOfAction === 'ENABLED'
}

/** Floods of requests: what is usual is learnt from the minutes before, and sources are judged by their own share. */
export const antiDdos: ManagedRuleGroup = {
  vendorName: 'AWS',
  name: 'AWSManagedRulesAntiDDoSRuleSet',
  version: 'Version_1.0',
  description: 'Challenges and stops floods of requests while they last.',
  capacity: 50,
  labelNamespace: 'awswaf:managed:aws:anti-ddos:',
  rules: [
    rule(
      ['ChallengeAllDuringEvent', 'ChallengeAllDuringEvent', 'Challenge'],
      ({ event, challengeable }, config) =>
        event && challengeable && challenges(config) ? 'an event is under way' : undefined,
      { target: '/api/x', scene: { configs, count: 5000 } },
    ),
    rule(
      ['ChallengeDDoSRequests', 'ChallengeDDoSRequests', 'Challenge'],
      ({ suspicion, challengeable }, config) =>
        challengeable &&
        challenges(config) &&
        acts(config.ClientSideActionConfig?.Challenge?.Sensitivity ?? 'HIGH', suspicion)
          ? `suspicion: ${suspicion}`
          : undefined,
      { method: 'POST', scene: { configs, count: 5000 } },
    ),
    rule(
      ['DDoSRequests', 'DDoSRequests', 'Block'],
      ({ suspicion }, config) =>
        acts(config.SensitivityToBlock ?? 'LOW', suspicion) ? `suspicion: ${suspicion}` : undefined,
      { scene: { configs, count: 300 } },
    ),
  ],
}
