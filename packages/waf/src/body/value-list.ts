import type { Component, InspectedValue } from '../inspected-value.ts'
import { readings } from '../readings.ts'

/** More values than this are not made of one component: what is left over is read as one text. */
const valueLimit = 20_000

/** The values of one component as its reader finds them; a name that comes again is listed once. */
export class ValueList {
  readonly component: Component
  readonly values: InspectedValue[] = []
  readonly #names = new Set<string>()

  constructor(component: Component) {
    this.component = component
  }

  get full(): boolean {
    return this.values.length >= valueLimit
  }

  addText(name: string, text: string): void {
    if (text !== '') this.#add(name, text, false)
  }

  /** Adds the name of a field, key, file or header as a value of its own. */
  addName(name: string): void {
    if (name === '' || this.#names.has(name)) return
    this.#names.add(name)
    this.#add(name, name, true)
  }

  #add(name: string, text: string, ofName: boolean): void {
    const { forms, marks } = readings(text)
    this.values.push({ component: this.component, name, ofName, forms, marks })
  }
}
