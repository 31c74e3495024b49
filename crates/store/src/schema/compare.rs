//! Compares the schema of a file with the schema that this program makes. Every table and index must equal ours, word by
//! word. A trigger, a view, an index on an expression or a missing column changes the effect of our statements.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::{STEPS, VERSION};

/// Maximum number of entries read of a foreign schema. Our schema has fewer, so the first difference is among these.
const ENTRIES_MAX: usize = 1000;

type Entries = BTreeMap<(String, String), (String, Option<String>)>;

fn entries(connection: &Connection) -> Result<Entries, rusqlite::Error> {
    let sql = format!("SELECT type, name, tbl_name, sql FROM sqlite_schema LIMIT {ENTRIES_MAX}");
    let mut select = connection.prepare(&sql)?;
    let rows = select.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?))))?;
    rows.collect()
}

/// An empty in-memory store with the schema of this version.
pub(crate) fn blank(version: usize) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_in_memory()?;
    STEPS.iter().take(version).try_for_each(|step| connection.execute_batch(step))?;
    Ok(connection)
}

/// Describes the first difference from our schema at this version; `None` if the schemas are equal.
pub(crate) fn difference(connection: &Connection, version: i64) -> Result<Option<String>, rusqlite::Error> {
    let Some(steps) = usize::try_from(version).ok().filter(|_| version <= VERSION) else {
        return Ok(Some(format!("its version number is {version}")));
    };
    let (ours, found) = (entries(&blank(steps)?)?, entries(connection)?);
    for (entry @ (kind, name), content) in &found {
        match ours.get(entry) {
            None => return Ok(Some(format!("it has the {kind} {}, which is not ours", name.escape_debug()))),
            Some(expected) if expected != content => {
                return Ok(Some(format!("the {kind} {name} is not as this program makes it")));
            }
            Some(_) => {}
        }
    }
    let missing = ours.keys().find(|entry| !found.contains_key(*entry));
    Ok(missing.map(|(kind, name)| format!("the {kind} {name} is missing")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_schema_at_each_version_has_no_difference() {
        for version in 0..=VERSION {
            let store = blank(usize::try_from(version).unwrap()).unwrap();
            assert_eq!(difference(&store, version), Ok(None), "version {version}");
        }
        assert!(difference(&blank(0).unwrap(), -1).unwrap().is_some());
        assert!(difference(&blank(5).unwrap(), 6).unwrap().is_some(), "the number claims a step that was not taken");
    }

    #[test]
    fn changed_schema_has_a_difference() {
        let select = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x FROM c) SELECT x FROM c";
        for change in [
            "CREATE TRIGGER t AFTER UPDATE ON message BEGIN UPDATE message SET lane = home; END",
            "CREATE TEMP VIEW v AS SELECT 1; CREATE VIEW w AS SELECT 1",
            &format!("DROP TABLE node; CREATE VIEW node AS {select}"),
            "CREATE INDEX i ON message (abs(n))",
            "CREATE UNIQUE INDEX i ON audit (who)",
            "DROP INDEX message_due; CREATE INDEX message_due ON message (lane, due)",
            "ALTER TABLE message DROP COLUMN avoid",
            "ALTER TABLE message ADD COLUMN more INTEGER DEFAULT (abs(-1))",
            "ALTER TABLE audit ADD COLUMN more TEXT AS (upper(who))",
            "ALTER TABLE token RENAME TO tokens",
            "DROP TABLE life",
            "CREATE TABLE extra (x)",
            "CREATE VIRTUAL TABLE f USING fts5(x)",
            "DROP TABLE once; CREATE TABLE once (key TEXT PRIMARY KEY, at INTEGER NOT NULL, result TEXT NOT NULL)",
            "ANALYZE",
        ] {
            let store = blank(usize::try_from(VERSION).unwrap()).unwrap();
            if store.execute_batch(change).is_err() {
                assert!(change.contains("fts5"), "{change}");
                continue;
            }
            assert!(difference(&store, VERSION).unwrap().is_some(), "{change}");
        }
    }
}
