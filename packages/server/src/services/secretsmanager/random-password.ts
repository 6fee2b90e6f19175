import { randomInt } from 'node:crypto'
import { GetRandomPassword$ } from '@aws-sdk/client-secrets-manager'
import type {
  GetRandomPasswordRequest,
  GetRandomPasswordResponse,
} from '@aws-sdk/client-secrets-manager'
import { operation } from '../../kernel/service.ts'
import { invalidParameter, invalidRequest } from './errors.ts'

const defaultLength = 32

/** The kinds of characters, as AWS has them. */
const kinds = {
  lowercase: 'abcdefghijklmnopqrstuvwxyz',
  uppercase: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  numbers: '0123456789',
  punctuation: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
} as const

/** A random password as its switches want it. Throws InvalidParameterException and InvalidRequestException. */
export function randomPassword(input: GetRandomPasswordRequest): string {
  const { PasswordLength: length = defaultLength } = input
  const excluded = new Set(input.ExcludeCharacters ?? '')
  const wanted = [
    input.ExcludeLowercase ? '' : kinds.lowercase,
    input.ExcludeUppercase ? '' : kinds.uppercase,
    input.ExcludeNumbers ? '' : kinds.numbers,
    input.ExcludePunctuation ? '' : kinds.punctuation,
  ].filter((kind) => kind !== '')
  const left = wanted.map((kind) => [...kind].filter((character) => !excluded.has(character)))
  const space = input.IncludeSpace && !excluded.has(' ') ? [' '] : []
  const alphabet = [...left.flat(), ...space]
  if (alphabet.length === 0) {
    throw invalidRequest('The password has no characters left to be made of.')
  }
  const isEach = input.RequireEachIncludedType ?? true
  if (!isEach) return Array.from({ length }, () => pick(alphabet)).join('')
  const required = left.filter((kind) => kind.length > 0)
  if (length < required.length) {
    throw invalidParameter('Password length is too short based on the required types.')
  }
  const characters = required.map(pick)
  while (characters.length < length) characters.push(pick(alphabet))
  return shuffled(characters).join('')
}

function pick(from: readonly string[]): string {
  return from[randomInt(from.length)] ?? ''
}

function shuffled(characters: string[]): string[] {
  for (let at = characters.length - 1; at > 0; at--) {
    const other = randomInt(at + 1)
    const [one = '', two = ''] = [characters[at], characters[other]]
    characters[at] = two
    characters[other] = one
  }
  return characters
}

/** GetRandomPassword. */
export const GetRandomPassword = operation<GetRandomPasswordRequest, GetRandomPasswordResponse>(
  GetRandomPassword$,
  {
    access: () => ({ resource: '*' }),
    handle: (input) => ({ RandomPassword: randomPassword(input) }),
  },
)
