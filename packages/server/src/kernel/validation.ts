import { compileConstraints } from '@bartizan/wire'
import { commonError } from './errors.ts'
import type { Operation, Service } from './service.ts'

type Validate = (input: Record<string, unknown>) => string | undefined

const validators = new WeakMap<Operation, Validate>()

/** Refuses input that breaks the model's constraints, in AWS's wording, then runs the operation's own check. */
export function validate(
  service: Service,
  operation: Operation,
  input: Record<string, unknown>,
): void {
  let validator = validators.get(operation)
  if (!validator) {
    const compiled = compileConstraints(
      service.constraints,
      operation.schema,
      service.withholdsValues,
    )
    validator = (value) => compiled.validate(value)
    validators.set(operation, validator)
  }
  const message = validator(input)
  if (message !== undefined) {
    throw commonError(service.errorCodes.validation, service.rewordValidation(message), 400)
  }
  operation.check?.(input as never)
}
