/** Another process has the store open, or it is damaged, not one of ours, or of a newer release. */
export class StoreOpenError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'StoreOpenError'
  }
}
