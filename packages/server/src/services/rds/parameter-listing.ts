import type { Parameter } from '@aws-sdk/client-rds'
import type { ParameterFacts } from './engines/engine.ts'
import { invalidValue } from './errors.ts'
import type { ParameterGroupRow } from './store.ts'

const sources = ['user', 'system', 'engine-default']

/** The parameters of a group as the API lists them, those from one source only where one is asked for. Throws. */
export function listedParameters(
  group: Pick<ParameterGroupRow, 'parameters'>,
  facts: ReadonlyMap<string, ParameterFacts>,
  source: string | undefined,
): readonly Parameter[] {
  if (source !== undefined && source !== '' && !sources.includes(source)) {
    throw invalidValue(`Invalid source: ${source}. Must be one of ${sources.join(', ')}`)
  }
  const all = [...facts.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((each) => shownParameter(each, group.parameters[each.name]))
  return source ? all.filter(({ Source }) => Source === source) : all
}

function shownParameter(
  facts: ParameterFacts,
  set: ParameterGroupRow['parameters'][string] | undefined,
): Parameter {
  const { name, description, dataType, allowed, isStatic, isModifiable, fallback } = facts
  const value = set?.value ?? fallback
  return {
    ParameterName: name,
    ...(value !== undefined && { ParameterValue: value }),
    Description: description,
    Source: set ? 'user' : name.startsWith('rds.') ? 'system' : 'engine-default',
    ApplyType: isStatic ? 'static' : 'dynamic',
    DataType: dataType,
    ...(allowed !== undefined && { AllowedValues: allowed }),
    IsModifiable: isModifiable,
    ApplyMethod: set?.method ?? 'pending-reboot',
  }
}
