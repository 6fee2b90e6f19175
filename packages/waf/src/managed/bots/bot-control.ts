import type { ParsedRequest } from '../../parsed-request.ts'
import { inHeader } from '../examples.ts'
import { requestRule } from '../request-rule.ts'
import type { ManagedRule, ManagedRuleGroup, ManagedScene } from '../rule.ts'
import { botOf } from './catalogue.ts'
import type { Bot, BotCategory } from './catalogue.ts'
import { targetedRules } from './targeted.ts'
import { automatedBrowser } from './signals.ts'

const categories: readonly (readonly [rule: string, category: BotCategory, agent: string])[] = [
  ['CategoryAdvertising', 'advertising', 'AdsBot-Google (+http://www.google.com/adsbot.html)'],
  [
    'CategoryArchiver',
    'archiver',
    'Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/archive.org_bot)',
  ],
  ['CategoryContentFetcher', 'content_fetcher', 'Feedly/1.0 (+http://www.feedly.com/fetcher.html)'],
  [
    'CategoryEmailClient',
    'email_client',
    'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)',
  ],
  ['CategoryHttpLibrary', 'http_library', 'python-requests/2.31.0'],
  ['CategoryLinkChecker', 'link_checker', 'W3C-checklink/4.81'],
  ['CategoryMiscellaneous', 'miscellaneous', 'SomeUnheardOf-crawler/1.0'],
  [
    'CategoryMonitoring',
    'monitoring',
    'Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)',
  ],
  ['CategoryPagePreview', 'page_preview', 'facebookexternalhit/1.1'],
  ['CategoryScrapingFramework', 'scraping_framework', 'Scrapy/2.11.0 (+https://scrapy.org)'],
  [
    'CategorySearchEngine',
    'search_engine',
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  ],
  [
    'CategorySecurity',
    'security',
    'Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)',
  ],
  ['CategorySeo', 'seo', 'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)'],
  [
    'CategorySocialMedia',
    'social_media',
    'Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)',
  ],
  ['CategoryWebhooks', 'webhooks', 'GitHub-Hookshot/044aadd'],
  [
    'CategoryAI',
    'ai',
    'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.1; +https://openai.com/gptbot)',
  ],
]

function categoryRule([name, category, agent]: (typeof categories)[number]): ManagedRule {
  return requestRule({
    name,
    label: name,
    reason: 'a bot that does not prove to be the one it names',
    find: (request, scene) => namedBot(request, scene, category),
    examples: {
      attack: [{ ...inHeader('user-agent', agent), scene: { verifiedBot: false } }],
      benign: [
        {},
        // One whose name is verified is let through, but for those that read for machines that write.
        category === 'ai' ||
        category === 'http_library' ||
        category === 'scraping_framework' ||
        category === 'miscellaneous'
          ? inHeader(
              'user-agent',
              'Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0',
            )
          : { ...inHeader('user-agent', agent), scene: { verifiedBot: true } },
      ],
    },
  })
}

/** Labels the request with what its user agent says of it, and tells whether a rule for a category stops it. */
function namedBot(
  request: ParsedRequest,
  scene: ManagedScene,
  category: BotCategory,
): string | undefined {
  const agent = request.header('user-agent') ?? ''
  const bot = agent === '' ? undefined : botOf(agent)
  if (bot === undefined || bot.category !== category) return undefined
  const verified = bot.verifiable
    ? scene.surroundings.verifiedBot?.(bot.name, request.request.clientIp)
    : false
  for (const label of labelsOf(bot, verified)) scene.addLabel(label)
  const passes =
    category !== 'ai' && (verified === true || (bot.verifiable && verified === undefined))
  return passes ? undefined : agent.slice(0, 100)
}

function labelsOf({ name, category }: Bot, verified: boolean | undefined): readonly string[] {
  const proof = verified === undefined ? [] : [verified ? 'bot:verified' : 'bot:unverified']
  return [`bot:category:${category}`, `bot:name:${name}`, ...proof]
}

const browserAgent = /^(?:Mozilla\/5\.0 \(|Opera\/9|Mozilla\/4\.0 \(compatible; MSIE)/
const dataCenters = { KnownBotDataCenterList: ['198.51.100.9'] }

const signals: readonly ManagedRule[] = [
  requestRule({
    name: 'SignalAutomatedBrowser',
    label: 'SignalAutomatedBrowser',
    reason: 'a browser that a program drives',
    find: (request, scene) =>
      labelled(automatedBrowser(request), scene, 'signal:automated_browser'),
    examples: {
      attack: [
        inHeader(
          'user-agent',
          'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36',
        ),
      ],
      benign: [{}],
    },
  }),
  requestRule({
    name: 'SignalKnownBotDataCenter',
    label: 'SignalKnownBotDataCenter',
    reason: 'an address of a data centre that bots use, by the list of the operator',
    find({ request }, scene) {
      const listed =
        scene.surroundings.addressList?.('KnownBotDataCenterList')?.has(request.clientIp) === true
      return labelled(listed ? request.clientIp : undefined, scene, 'signal:known_bot_data_center')
    },
    examples: {
      attack: [{ clientIp: '198.51.100.9', scene: { lists: dataCenters } }],
      benign: [{ scene: { lists: dataCenters } }],
    },
  }),
  requestRule({
    name: 'SignalNonBrowserUserAgent',
    label: 'SignalNonBrowserUserAgent',
    reason: 'a user agent that no browser has',
    find(request, scene) {
      const agent = request.header('user-agent') ?? ''
      const verified = scene.labels.has('awswaf:managed:aws:bot-control:bot:verified')
      return labelled(
        verified || browserAgent.test(agent) ? undefined : agent.slice(0, 100) || 'none',
        scene,
        'signal:non_browser_user_agent',
      )
    },
    examples: {
      attack: [inHeader('user-agent', 'MyProgram/1.0'), inHeader('user-agent', '')],
      benign: [{}],
    },
  }),
]

function labelled(
  evidence: string | undefined,
  scene: ManagedScene,
  label: string,
): string | undefined {
  if (evidence !== undefined) scene.addLabel(label)
  return evidence
}

/** Bots: those that say what they are, and at the targeted level those that do not. */
export const botControl: ManagedRuleGroup = {
  vendorName: 'AWS',
  name: 'AWSManagedRulesBotControlRuleSet',
  version: 'Version_1.0',
  description:
    'Stops and labels bots: those that name themselves, and at the targeted level those that hide.',
  capacity: 50,
  labelNamespace: 'awswaf:managed:aws:bot-control:',
  rules: [...categories.map(categoryRule), ...signals, ...targetedRules],
}
