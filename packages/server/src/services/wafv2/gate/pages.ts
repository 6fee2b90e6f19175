import { workBits, type Captcha, type PosedPuzzle } from './puzzles.ts'
import { solverScript } from './solver-script.ts'

/** Where solutions go: a path of every protected resource, answered by the web ACL itself. */
export const verificationPath = '/.well-known/aws-waf/verify'

/** The page that proves without a word that a browser is one. */
export function challengePage(puzzle: PosedPuzzle, nonce: string): string {
  return page(nonce, {
    title: 'One moment',
    body: `<h1>One moment, please</h1><p role="status">Your browser is being checked. This page goes on by itself.</p>
<noscript><p>This needs JavaScript. Please allow it and load the page again.</p></noscript>
<form id="form" method="post" action="${verificationPath}">${hiddenFields(puzzle)}</form>`,
    script: `solve(${JSON.stringify(puzzle.seed)}, ${workBits}, function (number) {
  document.getElementById('solution').value = number;
  document.getElementById('form').submit();
});`,
  })
}

/** The page that asks a person: by a picture, or by words for those who do not see it. */
export function captchaPage(puzzle: PosedPuzzle, captcha: Captcha, nonce: string): string {
  return page(nonce, {
    title: 'Are you a person?',
    body: `<h1>Please show that you are a person</h1>
<form id="form" method="post" action="${verificationPath}">${hiddenFields(puzzle)}
<p>Type the six letters and digits that you see:</p>${captcha.picture}
<p>Or, if you cannot see them: <span id="question">${captcha.question}</span></p>
<p><label for="answer">Your answer</label> <input id="answer" name="answer" autocomplete="off" autocapitalize="off" spellcheck="false" required aria-describedby="question"></p>
<p><button id="button" disabled>Continue</button> <span id="status" role="status">Getting ready</span></p></form>
<noscript><p>This needs JavaScript. Please allow it and load the page again.</p></noscript>`,
    script: `solve(${JSON.stringify(puzzle.seed)}, ${workBits}, function (number) {
  document.getElementById('solution').value = number;
  document.getElementById('button').disabled = false;
  document.getElementById('status').textContent = '';
});`,
  })
}

/** The headers of such a page: it may run its own script, and nothing else. */
export function pageHeaders(action: 'captcha' | 'challenge', nonce: string): string[] {
  return [
    'Content-Type',
    'text/html; charset=utf-8',
    'Cache-Control',
    'no-store, max-age=0',
    'X-Amzn-Waf-Action',
    action,
    'Content-Security-Policy',
    `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'`,
  ]
}

function hiddenFields({ sealed }: PosedPuzzle): string {
  return `<input type="hidden" name="puzzle" value="${sealed}"><input type="hidden" id="solution" name="solution">`
}

function page(
  nonce: string,
  { title, body, script }: { title: string; body: string; script: string },
): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>${title}</title>
<style nonce="${nonce}">body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1rem;color:#1a1a1a;background:#fff}input,button{font:inherit;padding:.4rem .6rem}svg{max-width:100%;border:1px solid #767676}</style></head>
<body><main>${body}</main><script nonce="${nonce}">${solverScript}
${script}</script></body></html>
`
}
