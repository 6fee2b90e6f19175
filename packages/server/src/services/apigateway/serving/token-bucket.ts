/** Lets so many requests a second through, and so many at once (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html). */
export class TokenBucket {
  readonly #perMs: number
  readonly #burst: number
  #tokens: number
  #atMs: number

  constructor(ratePerSecond: number, burst: number, nowMs: number) {
    this.#perMs = ratePerSecond / 1000
    this.#burst = burst
    this.#tokens = burst
    this.#atMs = nowMs
  }

  /** Takes a token, if there is one. */
  take(nowMs: number): boolean {
    const gained = Math.max(0, nowMs - this.#atMs) * this.#perMs
    this.#tokens = Math.min(this.#burst, this.#tokens + gained)
    this.#atMs = nowMs
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
