const brokenPattern =
  /^1 validation error detected: Value at '([A-Za-z]+)' failed to satisfy constraint: Member must satisfy regular expression pattern: (.+)$/

const names = '[\\w+=,.@-]+'

/**
 * IAM words a broken pattern of a name or path its own way, as recorded from AWS in many issue trackers
 * (https://github.com/hashicorp/terraform/issues/2136); other constraints read as everywhere, save that
 * those of tag keys end with one that no model states.
 */
export function iamWording(message: string): string {
  if (message.includes("Value at 'tagKeys' failed to satisfy constraint: Member must satisfy")) {
    return message.replace(/\+\](?=$|;)/, '+, Member must not be null]')
  }
  const [, member, pattern] = brokenPattern.exec(message) ?? []
  if (member === 'path' || member === 'pathPrefix') {
    return `The specified value for ${member} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.`
  }
  return pattern === names
    ? `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`
    : message
}
