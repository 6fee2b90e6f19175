/** Makes a byte string of a byte string. */
export type Transformation = (text: string) => string

/** The text transformations, by their names in the API. */
export const transformations: ReadonlyMap<string, Transformation> = new Map<string, Transformation>(
  [['LOWERCASE', (text) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())]],
)
