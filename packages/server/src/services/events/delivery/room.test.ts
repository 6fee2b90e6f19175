import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../../kernel/clock.ts'
import { Rooms } from './room.ts'

/** A clock whose timers run when it is told to move. */
function testClock(): Clock & { move(ms: number): void } {
  let nowMs = 0
  const timers = new Set<{ at: number; callback: () => void }>()
  return {
    now: () => new Date(nowMs),
    machine: () => new Date(nowMs),
    monotonicMs: () => nowMs,
    after(delayMs, callback) {
      const timer = { at: nowMs + delayMs, callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    offsetMs: 0,
    setOffset() {},
    move(ms) {
      nowMs += ms
      for (const timer of [...timers].filter(({ at }) => at <= nowMs)) {
        timers.delete(timer)
        timer.callback()
      }
    },
  }
}

/** A request that ends when it is told to. */
function request() {
  let end = (): void => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  return { run: () => ended, end: () => end() }
}

test('a slow destination is turned away at its limit while another has room', async () => {
  const clock = testClock()
  const rooms = new Rooms(clock)
  const slow = request()
  const first = Array.from({ length: 16 }, () => rooms.run('slow', slow.run))
  const late = rooms.run('slow', slow.run)
  assert.equal(await rooms.run('quick', () => Promise.resolve()), true)
  clock.move(500)
  assert.equal(await late, false)
  clock.move(5_000)
  assert.equal(await rooms.run('slow', slow.run), false)
  slow.end()
  assert.deepEqual(await Promise.all(first), Array<boolean>(16).fill(true))
  const again = request()
  const second = Array.from({ length: 8 }, () => rooms.run('slow', again.run))
  assert.equal(await rooms.run('slow', again.run), false)
  again.end()
  await Promise.all(second)
})

test('a quick destination gets more and more, and who waits comes in', async () => {
  const clock = testClock()
  const rooms = new Rooms(clock)
  const gate = request()
  const first = Array.from({ length: 16 }, () => rooms.run('quick', gate.run))
  const waiting = Array.from({ length: 40 }, () => rooms.run('quick', () => Promise.resolve()))
  gate.end()
  const all = await Promise.all([...first, ...waiting])
  assert.deepEqual(all, Array<boolean>(56).fill(true))
})

test('a request that fails gives its room back', async () => {
  const rooms = new Rooms(testClock())
  for (let number = 0; number < 100; number++) {
    await assert.rejects(rooms.run('broken', () => Promise.reject(new Error('refused'))))
  }
  assert.equal(await rooms.run('broken', () => Promise.resolve()), true)
})
