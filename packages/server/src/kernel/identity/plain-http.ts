const loopbackHosts: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

/** Whether an identity provider's address may be fetched: HTTPS, or in development plain HTTP on this machine. */
export function mayFetch({ protocol, hostname }: URL, development: boolean): boolean {
  if (protocol === 'https:') return true
  return protocol === 'http:' && development && loopbackHosts.includes(hostname)
}
