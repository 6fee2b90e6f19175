/** Milliseconds since 1970, where the application brings no clock of its own. */
export function systemNow(): number {
  return Date.now()
}
