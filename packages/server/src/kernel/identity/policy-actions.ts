/** The actions that the statements of a well-formed policy name, `NotAction` among them, as they are written. */
export function actionsNamed(policy: string): readonly string[] {
  const { Statement } = JSON.parse(policy) as { Statement: Statement | readonly Statement[] }
  return [Statement].flat().flatMap(({ Action = [], NotAction = [] }) => [Action, NotAction].flat())
}

interface Statement {
  readonly Action?: string | readonly string[]
  readonly NotAction?: string | readonly string[]
}
