import type { Secrets } from './secrets.ts'

/** Secrets whose values are remembered, so that no error shows one of them. */
export interface GuardedSecrets {
  readonly secrets: Secrets
  /** An error with the words of another and nothing else: drivers hang the SQL statement on theirs. */
  cleaned(error: unknown): Error
}

/** Remembers every value that is read or made. */
export function withoutSecrets(secrets: Secrets): GuardedSecrets {
  const seen = new Set<string>()
  return {
    secrets: {
      describe: (secretId) => secrets.describe(secretId),
      putPending: (version, value) => secrets.putPending(version, value),
      makeCurrent: (version, from) => secrets.makeCurrent(version, from),
      async value(...named) {
        const text = await secrets.value(...named)
        for (const part of text === undefined ? [] : secretParts(text)) seen.add(part)
        return text
      },
      async randomPassword() {
        const password = await secrets.randomPassword()
        seen.add(password)
        return password
      },
    },
    cleaned(error) {
      const words = error instanceof Error ? error.message : String(error)
      const longestFirst = [...seen].sort((one, other) => other.length - one.length)
      const message = longestFirst.reduce((text, part) => text.replaceAll(part, '***'), words)
      const clean = new Error(message)
      if (error instanceof Error && /^\w+$/.test(error.name)) clean.name = error.name
      return clean
    },
  }
}

/** The password of a database secret; every text of any other. */
function secretParts(text: string): string[] {
  try {
    const value = JSON.parse(text) as unknown
    if (typeof value !== 'object' || value === null) return [text]
    const texts = Object.entries(value).filter(([, part]) => typeof part === 'string' && part)
    const passwords = texts.filter(([name]) => /password/i.test(name))
    return (passwords.length > 0 ? passwords : texts).map(([, part]) => String(part))
  } catch {
    return text === '' ? [] : [text]
  }
}
