import { sealedPages } from '../../kernel/sealed-pages.ts'
import { invalidToken } from './errors.ts'

/** SSM's paging. */
export const pages = sealedPages('ssm-page', invalidToken)
