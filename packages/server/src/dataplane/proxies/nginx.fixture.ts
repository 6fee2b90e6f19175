import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@bartizan/testkit'

/** nginx of a test's own. */
export interface TestNginx {
  readonly url: string
  stop(): Promise<void>
}

/** nginx on this machine; undefined when there is none. */
export function findNginx(): string | undefined {
  return ['/usr/sbin/nginx', '/usr/bin/nginx'].find((path) => existsSync(path))
}

/** Starts nginx with what stands in its `server` block. */
export async function startNginx(program: string, serverBlock: string): Promise<TestNginx> {
  const folder = await mkdtemp(join(tmpdir(), 'bartizan-nginx-'))
  const port = await freePort()
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join('\n')
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  const configuration = `${user}
worker_processes 1;
pid ${folder}/pid;
daemon off;
error_log stderr notice;
events { worker_connections 256; }
http {
  access_log off;
  ${temporary}
  server {
    listen 127.0.0.1:${port};
    ${serverBlock}
  }
}
`
  const file = join(folder, 'nginx.conf')
  await writeFile(file, configuration)
  const nginx = spawn(program, ['-p', folder, '-c', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise<void>((resolve) => nginx.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    let said = ''
    nginx.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('start worker process ')) resolve()
    })
    nginx.once('exit', () => reject(new Error(`nginx did not start: ${said}`)))
  })
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      nginx.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
