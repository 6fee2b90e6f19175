import type { GetRandomPasswordCommandInput } from '@aws-sdk/client-secrets-manager'

/** The characters that AWS's templates leave out, because connection strings trip over them. */
const excludedByDefault = `:/@"'\\`
const defaultLength = 32

/** What passwords are made of, by the environment variables that AWS's templates know. */
export function passwordRules(
  env: Readonly<Record<string, string | undefined>>,
): GetRandomPasswordCommandInput {
  return {
    ExcludeCharacters: env['EXCLUDE_CHARACTERS'] ?? excludedByDefault,
    PasswordLength: Number(env['PASSWORD_LENGTH'] || defaultLength),
    ExcludeNumbers: flag(env['EXCLUDE_NUMBERS'], false),
    ExcludePunctuation: flag(env['EXCLUDE_PUNCTUATION'], false),
    ExcludeUppercase: flag(env['EXCLUDE_UPPERCASE'], false),
    ExcludeLowercase: flag(env['EXCLUDE_LOWERCASE'], false),
    RequireEachIncludedType: flag(env['REQUIRE_EACH_INCLUDED_TYPE'], true),
  }
}

function flag(text: string | undefined, otherwise: boolean): boolean {
  return text ? ['true', '1', 'y', 'yes'].includes(text.toLowerCase()) : otherwise
}
