import type { RequestExample } from './rule.ts'

/** A request with the text as the value of an argument. */
export function inQuery(text: string): RequestExample {
  return { target: `/search?q=${encodeURIComponent(text)}` }
}

/** A request for a target as written. */
export function inTarget(target: string): RequestExample {
  return { target }
}

/** A request with the text as the value of a cookie. */
export function inCookie(text: string): RequestExample {
  return { headers: { cookie: `choice=${encodeURIComponent(text)}` } }
}

/** A request with a header. */
export function inHeader(name: string, value: string): RequestExample {
  return { headers: { [name]: value } }
}

/** A form with the text as the value of a field. */
export function inForm(text: string): RequestExample {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `comment=${encodeURIComponent(text)}`,
  }
}

/** A JSON body with the text as a member. */
export function inJson(text: string): RequestExample {
  return jsonBody({ comment: text })
}

/** A JSON body. */
export function jsonBody(content: unknown): RequestExample {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(content),
  }
}

/** A body of a content type as it is. */
export function inBody(contentType: string, body: string): RequestExample {
  return { method: 'POST', headers: { 'content-type': contentType }, body }
}
