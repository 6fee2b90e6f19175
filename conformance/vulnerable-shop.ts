import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'pg'

const ssl = { rejectUnauthorized: false }

/** A web application that makes its SQL out of what it is sent, so that anybody can read its database. */
export interface VulnerableShop {
  readonly port: number
  /** What it has asked its database, in the order of the requests. */
  statements(): readonly string[]
  stop(): Promise<void>
}

/** Starts the shop on a database that gets its tables; `secret` is in one that no page shows. */
export async function startVulnerableShop(
  databaseUrl: string,
  secret: string,
): Promise<VulnerableShop> {
  const pool = new Pool({ connectionString: databaseUrl, max: 8, ssl })
  pool.on('error', () => {})
  await pool.query(`CREATE TABLE products (id int, name text, price int);
    INSERT INTO products VALUES (1, 'teapot', 20), (2, 'kettle', 35), (3, 'cup', 4);
    CREATE TABLE vault (owner text, secret text);
    INSERT INTO vault VALUES ('ada', '${secret}')`)
  const statements: string[] = []
  const show = async (sql: string, response: ServerResponse): Promise<void> => {
    statements.push(sql)
    try {
      const { rows } = await pool.query(sql)
      response.end(`<ul>${rows.map((row) => `<li>${Object.values(row).join(' ')}</li>`).join('')}`)
    } catch (error) {
      response.statusCode = 500
      response.end(error instanceof Error ? error.message : 'error')
    }
  }
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://shop.example')
    const [id, name] = [searchParams.get('id'), searchParams.get('name')]
    response.setHeader('content-type', 'text/html')
    const where = id === null ? `name = '${name ?? ''}'` : `id = ${id}`
    void show(`SELECT name, price FROM products WHERE ${where}`, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    statements: () => statements,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await pool.end()
    },
  }
}
