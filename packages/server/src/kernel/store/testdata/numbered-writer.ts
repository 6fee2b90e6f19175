import { openStore } from '../open-store.ts'
import { secretBox } from '../sealed.ts'
import { auditOf, batch, change, note } from './samples.ts'

// Writes numbered rows as fast as it can and prints each number once it is acknowledged.
const [path = '', first = '0'] = process.argv.slice(2)
const store = await openStore({ kind: 'sqlite', path }, secretBox(new Uint8Array(32)))
let next = Number(first)

async function writer(): Promise<never> {
  for (;;) {
    const number = next++
    const row = change(String(number), 0, note(`text ${number}`, 'numbered'))
    await store.commit(batch([row], { audit: [auditOf({ eventID: String(number) })] }))
    process.stdout.write(`${number}\n`)
  }
}

await Promise.all(Array.from({ length: 16 }, writer))
