-- The layout of ledgers of version 1, as that version made it. Never to be changed.
PRAGMA application_id = 0x73776264;
PRAGMA user_version = 1;
CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE projects (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE calls (
    serial INTEGER PRIMARY KEY,
    project INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    callee TEXT NOT NULL,
    caller TEXT NOT NULL,
    state INTEGER NOT NULL,
    direction INTEGER NOT NULL,
    transport INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE futures (
    serial INTEGER PRIMARY KEY,
    project INTEGER NOT NULL,
    priced INTEGER,
    bridged INTEGER,
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX calls_by_id ON calls (project, id);
CREATE INDEX calls_by_time ON calls (project, created, id);
CREATE INDEX calls_by_state ON calls (project, state, created, id);
CREATE INDEX calls_by_callee ON calls (project, callee, created, id);
CREATE INDEX calls_by_caller ON calls (project, caller, created, id);
