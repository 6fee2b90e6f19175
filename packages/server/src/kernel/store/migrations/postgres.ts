/** Schema changes in order (SQL); the schema version is how many of them a database has had. */
export const postgresMigrations: readonly string[] = [
  `
  CREATE TABLE bartizan.state (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    seq bigint NOT NULL, pruned bigint NOT NULL, key_check text NOT NULL
  ) WITH (fillfactor = 20);
  CREATE TABLE bartizan.rows (
    tbl text COLLATE "C" NOT NULL, scope text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL,
    version bigint NOT NULL, crc bigint NOT NULL, doc text NOT NULL,
    PRIMARY KEY (tbl, scope, key)
  );
  CREATE TABLE bartizan.idx (
    tbl text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, scope text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL,
    PRIMARY KEY (tbl, name, scope, value, key)
  );
  CREATE TABLE bartizan.changes (
    seq bigint NOT NULL, tbl text NOT NULL, scope text NOT NULL, key text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (seq, tbl, scope, key)
  );
  CREATE TABLE bartizan.audit (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    time bigint NOT NULL, account text NOT NULL, region text NOT NULL,
    crc bigint NOT NULL, doc text NOT NULL
  );
  CREATE INDEX audit_by_account ON bartizan.audit (account, seq, time);
  `,
  // Entries from before have no checksum: a scrub only sees whether their rows are there.
  'ALTER TABLE bartizan.idx ADD COLUMN crc bigint',
]
