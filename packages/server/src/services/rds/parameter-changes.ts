import type { Parameter } from '@aws-sdk/client-rds'
import type { ParameterFacts } from './engines/engine.ts'
import { invalidCombination, invalidValue } from './errors.ts'
import type { ParameterGroupRow, SetParameter } from './store.ts'

const mostChanges = 20

type Facts = ReadonlyMap<string, ParameterFacts>
type Chosen = ParameterGroupRow['parameters']

/** Parameters of a group after a change. Throws for what the engine would not take. */
export function changedParameters(
  before: Chosen,
  changes: readonly Parameter[] | undefined,
  facts: Facts,
): Record<string, SetParameter> {
  if (!changes?.length) {
    throw invalidValue('The parameter Parameters must be provided and must not be blank.')
  }
  if (changes.length > mostChanges) {
    throw invalidValue(
      `A maximum of ${mostChanges} parameters can be modified in a single request.`,
    )
  }
  const after: Record<string, SetParameter> = { ...before }
  for (const change of changes) {
    const known = modifiable(change, facts)
    const value = checkedValue(known, change.ParameterValue)
    after[known.name] = { value, method: methodOf(known, change) }
  }
  return after
}

/** Parameters of a group after some, or all, were put back. Throws for names that the engine does not know. */
export function resetParameters(
  before: Chosen,
  reset: { readonly all: boolean; readonly changes: readonly Parameter[] },
  facts: Facts,
): Record<string, SetParameter> {
  if (reset.all) return {}
  const after: Record<string, SetParameter> = { ...before }
  for (const change of reset.changes) delete after[modifiable(change, facts).name]
  return after
}

function modifiable({ ParameterName: asked = '' }: Parameter, facts: Facts): ParameterFacts {
  const known = facts.get(asked.toLowerCase())
  if (!known) throw invalidValue(`Could not find parameter with name: ${asked}`)
  if (!known.isModifiable) {
    throw invalidValue(`The parameter ${known.name} cannot be modified.`)
  }
  return known
}

function methodOf(known: ParameterFacts, { ApplyMethod = 'pending-reboot' }: Parameter) {
  if (known.isStatic && ApplyMethod === 'immediate') {
    throw invalidCombination(`cannot use immediate apply method for static parameter ${known.name}`)
  }
  return ApplyMethod === 'immediate' ? 'immediate' : 'pending-reboot'
}

const switches: Readonly<Record<string, string>> = { on: '1', off: '0', true: '1', false: '0' }

/** A value in the form in which RDS keeps it. */
function checkedValue(known: ParameterFacts, given: string | undefined): string {
  const { name, dataType, allowed } = known
  if (given === undefined) {
    throw invalidValue(`The parameter ParameterValue must be provided for ${name}.`)
  }
  if (dataType === 'boolean') {
    const value = switches[given.toLowerCase()] ?? given
    if (value === '0' || value === '1') return value
    throw notAllowed(name, given, '0,1')
  }
  if (/[\n\r\0]/.test(given)) throw notAllowed(name, given, 'one line')
  if (allowed === undefined) return given
  if (dataType === 'integer' || dataType === 'float') return checkedNumber(known, given, allowed)
  const choices = allowed.split(',')
  const chosen = dataType === 'list' ? given.split(',').map((each) => each.trim()) : [given]
  const wrong = chosen.find(
    (each) => each !== '' && !choices.some((choice) => choice.toLowerCase() === each.toLowerCase()),
  )
  if (wrong !== undefined) throw notAllowed(name, given, allowed)
  return given
}

function checkedNumber({ name, dataType }: ParameterFacts, given: string, allowed: string): string {
  const pattern = dataType === 'integer' ? /^-?\d+$/ : /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i
  const range = /^(-?[\d.e+]+)-(-?[\d.e+]+)$/i.exec(allowed)
  const [, least = '', most = ''] = range ?? []
  const value = Number(given)
  if (!pattern.test(given) || value < Number(least) || value > Number(most)) {
    throw notAllowed(name, given, allowed)
  }
  return given
}

function notAllowed(name: string, value: string, allowed: string) {
  return invalidValue(
    `Invalid parameter value: ${value} for: ${name} allowed values are: ${allowed}`,
  )
}
