import type { Kernel } from '../kernel/kernel.ts'
import type { TraceSource } from './settings.ts'

/** The third and fourth part of a UUID begin with what is not random; hyphens. */
const fixedParts = /-....-....-|-/g

/** Trace headers by the server's clock and its ids. */
export function traceSource({ clock, ids }: Pick<Kernel, 'clock' | 'ids'>): TraceSource {
  return {
    seconds: () => Math.floor(clock.now().getTime() / 1000),
    // A UUID costs a tenth of as many digits by themselves; those that it has fixed are left out.
    hex: (digits) => ids.uuid().replaceAll(fixedParts, '').slice(0, digits),
    elapsedMs: () => clock.monotonicMs(),
  }
}
