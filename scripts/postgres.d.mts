/** The folder that holds `initdb` and `postgres`, or undefined when this machine has no server. */
export function findPostgres(): string | undefined
/** Makes sure that a server is there and returns the folder of its programs; throws with advice. */
export function ensurePostgres(): string
