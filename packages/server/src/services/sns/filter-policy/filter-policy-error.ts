/** A filter policy that cannot be read, or is too large. */
export class FilterPolicyError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'FilterPolicyError'
  }
}
