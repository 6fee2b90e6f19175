/**
 * The tag that says where on this machine something is reached that AWS knows by name alone. Tools leave tags alone
 * that begin with `aws:`.
 */
export const endpointTag = 'aws:bartizan:endpoint'
