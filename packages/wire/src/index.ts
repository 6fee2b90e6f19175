export * from './constraints/index.ts'
export * from './protocols/index.ts'
export * from './sigv4/index.ts'
export * from './streaming/index.ts'
