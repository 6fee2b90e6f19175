import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client'

/** Counts and times calls, for Prometheus. */
export interface Metrics {
  /** `seconds` from the whole request's arrival to its answer; `code` is empty for success. */
  observe(call: { service: string; operation: string; code: string; seconds: number }): void
  text(): Promise<string>
}

/** Metrics of one server; default process metrics are read when asked for. */
export function serverMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'bartizan_' })
  const calls = new Counter({
    name: 'bartizan_calls_total',
    help: 'API calls by service, operation and error code (empty: success)',
    labelNames: ['service', 'operation', 'code'] as const,
    registers: [registry],
  })
  const durations = new Histogram({
    name: 'bartizan_call_duration_seconds',
    help: 'Time from the arrival of a whole request to its answer',
    labelNames: ['service'] as const,
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2],
    registers: [registry],
  })
  return {
    observe({ service, operation, code, seconds }) {
      calls.inc({ service, operation, code })
      durations.observe({ service }, seconds)
    },
    text: () => registry.metrics(),
  }
}
