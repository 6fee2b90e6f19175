export { findMariadb, startMariadb, type TestMariadb } from './mariadb.ts'
export {
  startTestServer,
  type ClientConfig,
  type TestCredentials,
  type TestServer,
} from './server.ts'
export { findPostgres, freePort, startPostgres, type TestPostgres } from './postgres.ts'
export { newUser } from './users.ts'
export { signedFetch, type SignedPost } from './signed-fetch.ts'
