/** A program that visits sites by itself, as its user agent names it. */
export interface Bot {
  readonly name: string
  readonly category: BotCategory
  readonly agent: RegExp
  /** Its owner lets its addresses be told by DNS. */
  readonly verifiable: boolean
}

/** The last part of the label `bot:category:…`. */
export type BotCategory =
  | 'advertising'
  | 'ai'
  | 'archiver'
  | 'content_fetcher'
  | 'email_client'
  | 'http_library'
  | 'link_checker'
  | 'miscellaneous'
  | 'monitoring'
  | 'page_preview'
  | 'scraping_framework'
  | 'search_engine'
  | 'security'
  | 'seo'
  | 'social_media'
  | 'webhooks'

function bots(
  category: BotCategory,
  verifiable: boolean,
  names: Readonly<Record<string, RegExp>>,
): Bot[] {
  return Object.entries(names).map(([name, agent]) => ({ name, category, agent, verifiable }))
}

/** The bots that are known, the more special before the more general. */
export const knownBots: readonly Bot[] = [
  ...bots('advertising', true, {
    googleads: /AdsBot-Google|Mediapartners-Google|APIs-Google/i,
    bingads: /adidxbot/i,
    criteo: /CriteoBot/i,
    adbeat: /adbeat_bot/i,
  }),
  ...bots('ai', true, {
    gptbot: /GPTBot|OAI-SearchBot|ChatGPT-User/i,
    claudebot: /ClaudeBot|Claude-User|Claude-SearchBot|anthropic-ai/i,
    perplexitybot: /Perplexity(?:Bot|-User)/i,
    bytespider: /Bytespider/i,
    googleextended: /Google-Extended|GoogleOther|Google-CloudVertexBot/i,
    amazonbot: /Amazonbot/i,
    metaexternalagent: /meta-externalagent|FacebookBot/i,
    ccbot: /CCBot/i,
    cohereai: /cohere-ai|cohere-training/i,
    mistralai: /MistralAI-User/i,
    diffbot: /Diffbot/i,
  }),
  ...bots('archiver', true, {
    internetarchive: /archive\.org_bot|ia_archiver|heritrix|Wayback/i,
    httrack: /HTTrack/i,
    webcopier: /WebCopier|SiteSucker|Offline Explorer/i,
  }),
  ...bots('page_preview', true, {
    facebook: /facebookexternalhit|facebookcatalog/i,
    twitter: /Twitterbot/i,
    slack: /Slackbot-LinkExpanding|Slack-ImgProxy/i,
    linkedin: /LinkedInBot/i,
    whatsapp: /WhatsApp\//i,
    telegram: /TelegramBot/i,
    discord: /Discordbot/i,
    skype: /SkypeUriPreview/i,
    iframely: /Iframely/i,
    embedly: /Embedly/i,
  }),
  ...bots('social_media', true, {
    pinterest: /Pinterestbot|Pinterest\//i,
    reddit: /redditbot/i,
    tumblr: /Tumblr\//i,
    vk: /vkShare/i,
  }),
  ...bots('search_engine', true, {
    googlebot: /Googlebot|Google-InspectionTool|Storebot-Google/i,
    bingbot: /bingbot|BingPreview|msnbot/i,
    yahoo: /Slurp/i,
    yandex: /Yandex(?:Bot|Images|Mobile|Metrika)/i,
    baidu: /Baiduspider/i,
    duckduckgo: /DuckDuckBot|DuckDuckGo-Favicons/i,
    applebot: /Applebot/i,
    seznam: /SeznamBot/i,
    naver: /Yeti\//i,
    qwant: /Qwantify|Qwantbot/i,
    petalbot: /PetalBot/i,
    sogou: /Sogou (?:web|inst) spider/i,
    mojeek: /MojeekBot/i,
    exabot: /Exabot/i,
  }),
  ...bots('seo', true, {
    ahrefs: /AhrefsBot|AhrefsSiteAudit/i,
    semrush: /SemrushBot|SiteAuditBot/i,
    moz: /rogerbot|dotbot/i,
    majestic: /MJ12bot/i,
    screamingfrog: /Screaming Frog/i,
    serpstat: /serpstatbot/i,
    dataforseo: /DataForSeoBot/i,
    blexbot: /BLEXBot/i,
    sistrix: /SISTRIX/i,
  }),
  ...bots('monitoring', true, {
    pingdom: /Pingdom/i,
    uptimerobot: /UptimeRobot/i,
    statuscake: /StatusCake/i,
    datadog: /Datadog(?:Synthetics)?\b/i,
    newrelic: /NewRelicPinger/i,
    site24x7: /Site24x7/i,
    catchpoint: /Catchpoint/i,
    route53: /Amazon-Route53-Health-Check-Service/i,
    elbhealth: /ELB-HealthChecker/i,
    betteruptime: /Better (?:Uptime|Stack) Bot/i,
    lighthouse: /Chrome-Lighthouse|PTST\//i,
  }),
  ...bots('webhooks', true, {
    stripe: /Stripe\/1\.0/i,
    github: /GitHub-Hookshot/i,
    paypal: /PayPal IPN/i,
    shopify: /Shopify-Captain-Hook/i,
    twilio: /TwilioProxy/i,
    slackhooks: /Slackbot 1\.0/i,
  }),
  ...bots('link_checker', true, {
    w3c: /W3C-checklink|W3C_Validator/i,
    brokenlink: /LinkChecker|linkdexbot|Xenu Link/i,
    dead: /DeadLinkChecker/i,
  }),
  ...bots('email_client', true, {
    gmail: /GoogleImageProxy|via ggpht\.com/i,
    yahoomail: /YahooMailProxy/i,
    outlook: /Microsoft Outlook|ms-office/i,
    thunderbird: /Thunderbird\//i,
  }),
  ...bots('content_fetcher', true, {
    feedly: /Feedly/i,
    feedbin: /Feedbin/i,
    flipboard: /FlipboardProxy/i,
    googlefeed: /FeedFetcher-Google/i,
    pocket: /PocketParser/i,
    newsblur: /NewsBlur/i,
    apple: /AppleNewsBot/i,
  }),
  ...bots('security', true, {
    censys: /CensysInspect/i,
    shodan: /Shodan/i,
    expanse: /Expanse/i,
    netcraft: /NetcraftSurveyAgent/i,
    qualys: /Qualys/i,
    sucuri: /Sucuri/i,
    detectify: /Detectify/i,
    zgrab: /zgrab|masscan/i,
  }),
  ...bots('scraping_framework', false, {
    scrapy: /Scrapy/i,
    colly: /colly/i,
    crawlee: /Crawlee|Apify/i,
    nutch: /Nutch/i,
    mechanize: /mechanize|MechanicalSoup/i,
    splash: /Splash|ScrapingBee|ZenRows|ScraperAPI/i,
    crawler4j: /crawler4j|StormCrawler|node-crawler|simplecrawler/i,
  }),
  ...bots('http_library', false, {
    curl: /^curl\/|libcurl/i,
    wget: /^Wget\/|^Wget /i,
    pythonrequests: /python-requests|python-urllib|Python\/\d|aiohttp|httpx\/|urllib3|pycurl/i,
    go: /Go-http-client|fasthttp|^resty/i,
    java: /^Java\/|Apache-HttpClient|okhttp|Jersey\/|jsoup|^Dalvik/i,
    node: /^node(?:-fetch|\b)|^axios|^got |^undici|superagent/i,
    ruby: /^Ruby|Faraday|rest-client|HTTParty|http\.rb/i,
    php: /GuzzleHttp|^PHP\/|Symfony HttpClient|PEAR HTTP/i,
    perl: /libwww-perl|^LWP::/i,
    dotnet: /^RestSharp|^HttpClient|System\.Net\.Http/i,
    powershell: /WindowsPowerShell|PowerShell\//i,
    postman: /PostmanRuntime|^insomnia|HTTPie|Paw\//i,
    rust: /^reqwest|^hyper\/|^ureq/i,
  }),
  ...bots('miscellaneous', false, {
    generic: /\b(?:bot|crawler|spider|crawl)\b|[\w-](?:bot|crawler|spider)(?:\/|;|\)|$)/i,
  }),
]

/** The bot that a user agent names. */
export function botOf(agent: string): Bot | undefined {
  return knownBots.find((bot) => bot.agent.test(agent))
}
