export { awsJson } from './aws-json.ts'
export { awsQuery, ec2Query, type QueryOptions } from './aws-query.ts'
export {
  WireDecodeError,
  type ErrorSchema,
  type OperationSchema,
  type ProtocolId,
  type ResponseMeta,
  type ServerProtocol,
  type WireError,
  type WireRequest,
  type WireResponse,
} from './protocol.ts'
export { restJson } from './rest-json.ts'
export { restXml, type RestXmlOptions } from './rest-xml.ts'
export { rpcV2Cbor } from './rpc-v2-cbor.ts'
export { streamingInput, type QueryCompatibility } from './shapes.ts'
