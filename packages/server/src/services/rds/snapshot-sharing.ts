import { invalidValue } from './errors.ts'

const mostShared = 20

/** Who may restore a snapshot after a change of its attribute `restore`. Throws InvalidParameterValue. */
export function changedRestorers(
  before: readonly string[],
  change: {
    readonly AttributeName?: string | undefined
    readonly ValuesToAdd?: readonly string[] | undefined
    readonly ValuesToRemove?: readonly string[] | undefined
  },
): readonly string[] {
  const { AttributeName: name, ValuesToAdd: added = [], ValuesToRemove: removed = [] } = change
  if (name !== 'restore') throw invalidValue(`Invalid attribute name: ${name}`)
  const wrong = added.find((each) => each !== 'all' && !/^\d{12}$/.test(each))
  if (wrong !== undefined) throw invalidValue(`Invalid account id: ${wrong}`)
  const after = new Set([...before, ...added])
  for (const each of removed) after.delete(each)
  if (after.size > mostShared) {
    throw invalidValue(`A snapshot can be shared with at most ${mostShared} accounts.`)
  }
  return [...after]
}
