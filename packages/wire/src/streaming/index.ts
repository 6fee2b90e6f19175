export { AwsChunkedDecoder, ChunkedError } from './aws-chunked.ts'
export type { ChunkedErrorCode, ChunkedOptions, ChunkSigning } from './aws-chunked.ts'
export { combineCrc, crcOf, startCrc } from './crc.ts'
export type { Crc, CrcName } from './crc.ts'
