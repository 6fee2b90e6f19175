/** Header fields that come as names and values in turn, as pairs. */
export function fieldPairs(flat: readonly string[]): [name: string, value: string][] {
  const pairs: [string, string][] = []
  for (let index = 0; index < flat.length; index += 2) {
    pairs.push([flat[index] ?? '', flat[index + 1] ?? ''])
  }
  return pairs
}

/** The fields of an answer that a function made, without those that frame its body: the proxy frames it itself. */
export function withoutFraming(fields: readonly string[]): string[] {
  return fieldPairs(fields)
    .filter(([name]) => !/^(?:content-length|transfer-encoding|connection|keep-alive)$/i.test(name))
    .flat()
}
