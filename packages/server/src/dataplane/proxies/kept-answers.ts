import type { Answer } from '../answers.ts'

const lifeMs = 10_000
const mostKept = 10_000

/** Answers that wait for the proxy to fetch them, once and within ten seconds. */
export class KeptAnswers {
  readonly #answers = new Map<string, { readonly answer: Answer; readonly untilMs: number }>()

  keep(id: string, answer: Answer, nowMs: number): string {
    for (const [known, { untilMs }] of this.#answers) {
      if (untilMs > nowMs && this.#answers.size < mostKept) break
      this.#answers.delete(known)
    }
    this.#answers.set(id, { answer, untilMs: nowMs + lifeMs })
    return id
  }

  take(id: string, nowMs: number): Answer | undefined {
    const kept = this.#answers.get(id)
    this.#answers.delete(id)
    return kept && kept.untilMs > nowMs ? kept.answer : undefined
  }
}
