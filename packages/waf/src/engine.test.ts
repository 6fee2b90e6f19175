import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compile } from './compile.ts'
import { allStatementsAcl } from './testing/all-statements.ts'
import { surroundings } from './testing/builders.ts'
import { mutatedRequest } from './testing/mutated-requests.ts'

const requests = 1500

describe('the engine', () => {
  test('no mutated request makes a decision throw, and each is decided alike twice', () => {
    const { acl, references } = allStatementsAcl()
    const { decide } = compile(acl, references)
    let matches = 0
    for (let number = 0; number < requests; number += 1) {
      const request = mutatedRequest(number, 65_536)
      const verdict = decide(request, surroundings())
      assert.equal(verdict.action, 'ALLOW')
      matches += verdict.nonTerminatingMatchingRules.length
      if (number % 20 === 0) {
        const { trace, ...again } = decide(request, surroundings(), { trace: true })
        assert.deepEqual(again, verdict, `request ${number}`)
        assert.ok((trace ?? []).length >= (acl.Rules ?? []).length)
      }
    }
    assert.ok(matches > requests, `only ${matches} rules matched`)
  })
})
