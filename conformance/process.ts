import { spawn } from 'node:child_process'

/** How a program ended and what it said. */
export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What a program is run with; the environment is exactly `env`. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly input?: string | Uint8Array
  readonly timeoutMs?: number
}

const lastLines = 30

/** A program that did not end as it should, with the end of what it said. */
export class ProgramError extends Error {
  readonly outcome: Outcome
  constructor(line: string, outcome: Outcome) {
    const said = outcome.stdout.split('\n').slice(-lastLines).join('\n')
    super(`${line} ended with ${outcome.code}\n${said}\n${outcome.stderr}`)
    this.outcome = outcome
  }
}

/** Runs a program to its end, whatever that is; one that outlives its time is killed. */
export function run(
  program: string,
  args: readonly string[],
  { env, cwd, input, timeoutMs = 60_000 }: RunOptions = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: env ?? environmentWithoutAws(),
      cwd,
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      const killed = signal === null ? '' : `\nkilled by ${signal}`
      resolve({
        code,
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: Buffer.concat(stderr).toString('utf8') + killed,
      })
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

/** Runs a program that must succeed, and gives what it wrote to its standard output. */
export async function succeed(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const outcome = await run(program, args, options)
  if (outcome.code !== 0) throw new ProgramError([program, ...args].join(' '), outcome)
  return outcome.stdout
}

/** This process's environment without whatever configures AWS clients, Terraform or Bartizan. */
export function environmentWithoutAws(): Record<string, string> {
  const entries = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined || /^(AWS_|TF_|BARTIZAN_|NODE_TEST)/.test(name) ? [] : [[name, value]],
  )
  return Object.fromEntries(entries) as Record<string, string>
}
