import type { ParsedRequest } from '../../parsed-request.ts'

const driven =
  /HeadlessChrome|PhantomJS|SlimerJS|Selenium|WebDriver|puppeteer|Playwright|Cypress\/|Electron\/.{0,200}headless|Zombie\.js|jsdom\/|HtmlUnit|Nightmare|CasperJS|splash/i
// The identities of Selenium IDE, Katalon Recorder and iMacros among the extensions of Chrome.
const extensions =
  /chrome-extension:\/\/(?:mooikfkahbdckldjjndioackbalphokd|ljdobmomdgdljniojadhoplhkpialdid|cplklnmnlbnpmjogncfgfijoopmnlemp)/

/** What shows that a program drives the browser. */
export function automatedBrowser(request: ParsedRequest): string | undefined {
  const agent = request.header('user-agent') ?? ''
  const hints = request.header('sec-ch-ua') ?? ''
  return driven.exec(agent)?.[0] ?? (/HeadlessChrome/.test(hints) ? hints.slice(0, 100) : undefined)
}

/** What shows that an extension which plays recorded visits is at work. */
export function automationExtension(request: ParsedRequest): string | undefined {
  return extensions.exec(
    `${request.header('origin') ?? ''} ${request.header('referer') ?? ''}`,
  )?.[0]
}

/** What in a browser's own words does not go together. */
export function browserInconsistency(request: ParsedRequest): string | undefined {
  const agent = request.header('user-agent') ?? ''
  if (!agent.startsWith('Mozilla/5.0')) return undefined
  const hints = request.header('sec-ch-ua')
  const platform = request.header('sec-ch-ua-platform')
  const major = /Chrome\/(\d+)/.exec(agent)?.[1]
  if (hints !== undefined && /Firefox\/|Version\/[\d.]+ Safari/.test(agent) && !/Chrom/.test(agent))
    return hints.slice(0, 100)
  if (
    hints !== undefined &&
    major !== undefined &&
    /Chromium";v="\d+/.test(hints) &&
    !hints.includes(`v="${major}"`)
  )
    return hints.slice(0, 100)
  if (platform !== undefined && /Windows/.test(platform) !== /Windows/.test(agent))
    return platform.slice(0, 40)
  const bare =
    request.header('accept-language') === undefined && request.header('accept') === undefined
  return bare ? 'a browser without accept and accept-language' : undefined
}
