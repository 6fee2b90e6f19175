import type { Ending, Evidence, Exit, Prefix } from './evidence.ts'
import { noEvidence } from './evidence.ts'
import { Frame } from './frame.ts'
import type { FrameKind } from './frame.ts'
import type { Lexer } from './lexer.ts'
import { isSideEffect, isSystemName } from './words.ts'

/** Where the value stands when reading begins: an operand is due, or one (the literal that it has just left) is behind. */
export type Place = 'operand' | 'operator'

/** How far the reading of a value has come: the brackets it is in, and what was found. */
export class State {
  readonly lexer: Lexer
  readonly evidence: Evidence
  readonly frames: Frame[] = []
  frame: Frame
  due: Place
  atStart = true
  done = false
  /** The value begins with an operator: what stands before it is the application's. */
  handedOver = false

  constructor(lexer: Lexer, place: Place) {
    this.lexer = lexer
    this.due = place
    this.evidence = noEvidence(lexer.end)
    this.frame = new Frame('top', '')
    this.frames.push(this.frame)
    if (place === 'operator') {
      this.frame.operands = 1
      this.frame.lastKind = 'string'
      this.evidence.prefix = 'string'
    }
  }

  /** Takes the token that was just read for an operator. */
  handOver(): void {
    this.due = 'operator'
    this.handedOver = true
  }

  /** Ends the reading. */
  finish(ending: Ending): void {
    this.done = true
    const evidence = this.evidence
    const open = ending === 'clean' && this.frame.lastKind === 'string' && !this.lexer.closed
    const whole = ending !== 'garbage' && ending !== 'fragment'
    // The application closes what the value has left open.
    if (whole) while (this.frames.length > 1) this.pop()
    if (this.due === 'operator') this.endTerm()
    for (const frame of this.frames) this.settle(frame, whole)
    evidence.ending = open ? 'literal' : ending
    if (open || ending === 'comment') evidence.tail = this.lexer.word
    evidence.list = this.frame.items
  }

  /** Notes by what the value's own place is left, once. */
  leave(exit: Exit): void {
    const evidence = this.evidence
    // What stands in the brackets of a call does not leave the value.
    if (!this.frame.outside) return
    if (evidence.exit !== undefined) {
      const weak = evidence.exit === 'comparison' || evidence.exit === 'operator'
      if (weak && exit !== 'operator') evidence.exit = exit
      return
    }
    evidence.exit = exit
    if (this.frame.kind === 'top' && this.frames.length === 1 && evidence.prefix !== 'string') {
      evidence.prefix = this.prefix()
    }
  }

  prefix(): Prefix {
    const frame = this.frame
    if (frame.operands === 0) return 'empty'
    if (frame.operands > 1 || frame.lastKind === 'group') return 'expression'
    return frame.lastKind === 'number' ? 'number' : frame.lastKind === 'string' ? 'string' : 'word'
  }

  /** Takes an operand into the term. */
  atom(text: string, kind: string, constant: boolean): void {
    const frame = this.frame
    frame.operands += 1
    frame.last = text
    frame.lastKind = kind
    if (!constant) frame.constant = false
    // A literal that the value does not close may be a quote in prose.
    const telling = kind !== 'word' && kind !== 'call' && (kind !== 'string' || this.lexer.closed)
    if (frame.query === 'list' && telling) frame.literalList = true
    this.due = 'operator'
  }

  endTerm(): void {
    const frame = this.frame
    const evidence = this.evidence
    if (frame.operands === 0) return
    if (frame.compared && frame.operands > 1) {
      if (!frame.condition && evidence.exit === 'comparison') evidence.directComparison = true
      else if (!frame.condition && frame.kind === 'top' && evidence.exit === undefined) return
      else if (frame.constant) {
        // `where 1=1` begins many a statement that a program puts together.
        if (!evidence.own || frame.joined) evidence.constantComparisons += 1
      } else if (frame.operands === 2 && frame.left !== '' && frame.left === frame.last)
        evidence.selfComparisons += 1
      else evidence.comparisons += 1
    } else if (frame.condition) evidence.truths += 1
  }

  settle(frame: Frame, ended: boolean): void {
    if (frame.query === undefined) return
    const evidence = this.evidence
    const strength = frame.queryStrength(ended)
    if (strength > 0) evidence.items += frame.items
    if (frame.from) evidence.from = true
    if (frame.union) evidence.union = strength > evidence.union ? strength : evidence.union
    else if (frame.kind === 'top') {
      evidence.wholeQuery = strength > evidence.wholeQuery ? strength : evidence.wholeQuery
    } else evidence.subselect = strength > evidence.subselect ? strength : evidence.subselect
  }

  /** Goes into a bracket. */
  push(kind: FrameKind, name: string): void {
    const outside = this.frame.outside && kind === 'group'
    this.frame = new Frame(kind, name)
    this.frame.outside = outside
    this.frames.push(this.frame)
    this.due = 'operand'
  }

  /** Comes out of a bracket, which is an operand of what it stands in. */
  pop(): void {
    this.settle(this.frame, true)
    this.endTerm()
    const child = this.frame
    this.frames.pop()
    const parent = this.frames.at(-1)
    if (parent === undefined) return
    this.frame = parent
    if (child.kind === 'index' || child.name === 'over') {
      this.due = 'operator'
      return
    }
    const constant = child.constant && child.pure && !child.hadQuery && !child.name.includes('.')
    if ((child.name === 'if' || child.name === 'iif') && child.items === 0) this.finish('garbage')
    this.atom('', child.kind === 'call' ? 'call' : 'group', constant)
    if (parent.query === 'list' && (child.kind !== 'group' || child.hadQuery))
      parent.literalList = true
    if (parent.query === 'list' && child.kind === 'group' && child.constant)
      parent.literalList = true
  }

  noteName(name: string): void {
    const evidence = this.evidence
    if (isSystemName(name)) evidence.systemName = name
    if (isSideEffect(name)) evidence.sideEffect = name
  }

  /** Reads an operator that joins conditions. */
  boolean(exit: Exit): void {
    const frame = this.frame
    if (frame.between) {
      frame.between = false
      this.due = 'operand'
      return
    }
    this.endTerm()
    this.leave(exit)
    frame.startTerm(true)
    frame.joined = true
    this.due = 'operand'
  }

  /** Reads an operator that compares. */
  comparison(): void {
    const frame = this.frame
    if (this.frames.length === 1) {
      if (this.evidence.prefix === 'string' || frame.condition) this.leave('comparison')
    }
    frame.compared = true
    frame.left = frame.operands === 1 ? frame.last : ''
    this.due = 'operand'
  }

  scanRest(at: number): void {
    const lexer = this.lexer
    lexer.end = at
    for (let count = 0; count < 200; count += 1) {
      const kind = lexer.next()
      if (kind === 'end' || kind === 'comment') return
      if (kind === 'word') this.noteName(lexer.word)
    }
  }
}
