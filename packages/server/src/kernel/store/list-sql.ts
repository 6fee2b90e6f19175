import type { ListQuery } from './store.ts'

/** One statement with its parameters. */
export interface ListSql {
  readonly sql: string
  readonly values: readonly (string | number)[]
}

/** How a database writes its table names and parameters. */
export interface SqlDialect {
  /** What stands before a table name: `` or `schema.`. */
  readonly schema: string
  readonly mark: (position: number) => string
}

/** The listing of a table's rows as SQL. The text depends only on which parts the query has. */
export function listSql(
  dialect: SqlDialect,
  table: string,
  scope: string,
  query: ListQuery,
): ListSql {
  const { index, limit } = query
  const { from, where, values, mark } = selection(dialect, table, scope, query)
  const way = query.descending ? ' DESC' : ''
  const order = index === undefined ? `r.key${way}` : `i.value${way}, i.key${way}`
  const most = limit === undefined ? '' : ` LIMIT ${mark(limit)}`
  const columns = 'r.key, r.version, r.crc, r.doc'
  return {
    sql: `SELECT ${columns} FROM ${from} WHERE ${where} ORDER BY ${order}${most}`,
    values,
  }
}

/** The number of rows of a listing, whatever its limit, as SQL; the column is `found`. */
export function countSql(
  dialect: SqlDialect,
  table: string,
  scope: string,
  query: ListQuery,
): ListSql {
  const { from, where, values } = selection(dialect, table, scope, query)
  return { sql: `SELECT count(*) AS found FROM ${from} WHERE ${where}`, values }
}

function selection(dialect: SqlDialect, table: string, scope: string, query: ListQuery) {
  const { index, prefix, equals, upTo, after, from: lowest } = query
  const values: (string | number)[] = []
  const mark = (value: string | number) => dialect.mark(values.push(value))
  const from =
    index === undefined
      ? `${dialect.schema}rows AS r`
      : `${dialect.schema}idx AS i CROSS JOIN ${dialect.schema}rows AS r`
  const where: string[] = []
  if (index === undefined) {
    where.push(`r.tbl = ${mark(table)}`, `r.scope = ${mark(scope)}`)
    if (prefix) where.push(`r.key >= ${mark(prefix)}`, `r.key < ${mark(`${prefix}\u{10ffff}`)}`)
    if (after !== undefined) where.push(`r.key > ${mark(after)}`)
  } else {
    where.push('r.tbl = i.tbl', 'r.scope = i.scope', 'r.key = i.key', `i.tbl = ${mark(table)}`)
    where.push(`i.name = ${mark(index)}`, `i.scope = ${mark(scope)}`)
    if (upTo !== undefined) {
      if (lowest !== undefined) where.push(`i.value >= ${mark(lowest)}`)
      where.push(`i.value <= ${mark(upTo)}`)
    } else where.push(`i.value = ${mark(equals ?? '')}`)
    if (after !== undefined && upTo === undefined) where.push(`i.key > ${mark(after)}`)
  }
  return { from, where: where.join(' AND '), values, mark }
}
