import type { CodeFile, Finding, TextFile } from './source.ts'

/** A snippet that a rule must refuse: proof that the rule can fail. */
export interface BadExample {
  readonly path: string
  readonly text: string
}

/** A house rule over each parsed file on its own. `name` is the sentence that the test bears. */
export interface CodeRule {
  readonly name: string
  readonly check: (file: CodeFile) => readonly Finding[]
  readonly bad: readonly BadExample[]
}

/** A house rule over each text file on its own. */
export interface TextRule {
  readonly name: string
  readonly check: (file: TextFile) => readonly Finding[]
  readonly bad: readonly BadExample[]
}
