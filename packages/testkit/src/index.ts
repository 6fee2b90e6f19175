export {
  startTestServer,
  type ClientConfig,
  type TestCredentials,
  type TestServer,
} from './server.ts'
