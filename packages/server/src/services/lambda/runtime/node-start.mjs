// Starts a Node.js function: AWS's own runtime interface client, as published, with two things put under it:
// its native HTTP client is replaced by one in JavaScript, and modules that the package lacks are looked for
// where NODE_PATH says, for ES modules too.
import { registerHooks } from 'node:module'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'

const nativeClient = new URL('rapid-client.cjs', import.meta.url).href
const fallbacks = (process.env.NODE_PATH ?? '')
  .split(':')
  .filter(Boolean)
  .map((folder) => pathToFileURL(`${dirname(folder)}/index.mjs`).href)

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier === './rapid-client.node') {
      return { url: nativeClient, format: 'commonjs', shortCircuit: true }
    }
    try {
      return nextResolve(specifier, context)
    } catch (error) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND' || /^[./]|^[a-z]+:/.test(specifier)) throw error
      return fromFallbacks(error, specifier, context, nextResolve)
    }
  },
})

function fromFallbacks(error, specifier, context, nextResolve) {
  for (const parentURL of fallbacks) {
    try {
      return nextResolve(specifier, { ...context, parentURL })
    } catch (missing) {
      if (missing.code !== 'ERR_MODULE_NOT_FOUND') throw missing
    }
  }
  throw error
}

// Version 4 of the client ended callbacks, as AWS did with nodejs24.x.
const release = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV)?.[1])
if (release >= 24) {
  await import('../data/aws-lambda-ric/4.0.2/index.mjs')
} else {
  const { run } = await import('../data/aws-lambda-ric/3.3.0/index.mjs')
  await run(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER)
}
