//! Statements with named parameters. Each is prepared once and kept in the cache of its connection.
//!
//! SQLite takes a parameter without a value as NULL, silently. So a call must give as many values as its statement has
//! parameters, and rusqlite refuses a name that the statement does not have.

use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, ToSql};

/// The values of a statement, made by [`rusqlite::named_params`].
pub(crate) type Values<'a> = &'a [(&'a str, &'a dyn ToSql)];

pub(crate) trait Statements {
    fn prepared(&self, sql: &str, values: Values<'_>) -> Result<CachedStatement<'_>, rusqlite::Error>;

    /// Executes a statement. Returns the number of changed rows.
    fn run(&self, sql: &str, values: Values<'_>) -> Result<usize, rusqlite::Error> {
        self.prepared(sql, values)?.execute(values)
    }

    /// Reads the one row that a query returns.
    fn row<T>(
        &self,
        sql: &str,
        values: Values<'_>,
        read: impl FnOnce(&Row<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<T, rusqlite::Error> {
        self.prepared(sql, values)?.query_row(values, read)
    }

    /// Reads the first row; `None` if there is none.
    fn first<T>(
        &self,
        sql: &str,
        values: Values<'_>,
        read: impl FnOnce(&Row<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<Option<T>, rusqlite::Error> {
        self.row(sql, values, read).optional()
    }

    /// Reads all rows.
    fn rows<T, E: From<rusqlite::Error>>(
        &self,
        sql: &str,
        values: Values<'_>,
        mut read: impl FnMut(&Row<'_>) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        let mut statement = self.prepared(sql, values)?;
        let mut rows = statement.query(values)?;
        let mut read_rows = Vec::new();
        while let Some(row) = rows.next()? {
            read_rows.push(read(row)?);
        }
        Ok(read_rows)
    }

    /// True if the query returns a row.
    fn holds(&self, sql: &str, values: Values<'_>) -> Result<bool, rusqlite::Error> {
        Ok(self.first(sql, values, |_| Ok(()))?.is_some())
    }
}

impl Statements for Connection {
    fn prepared(&self, sql: &str, values: Values<'_>) -> Result<CachedStatement<'_>, rusqlite::Error> {
        let statement = self.prepare_cached(sql)?;
        match statement.parameter_count() {
            count if count == values.len() => Ok(statement),
            count => Err(rusqlite::Error::InvalidParameterCount(values.len(), count)),
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::named_params;

    use super::*;

    #[test]
    fn missing_or_unknown_value_is_refused() {
        let connection = Connection::open_in_memory().unwrap();
        let sum = |values: Values<'_>| connection.row("SELECT :a + :b", values, |row| row.get::<_, Option<i64>>(0));
        assert_eq!(sum(named_params! { ":b": 2, ":a": 1 }), Ok(Some(3)));
        assert!(sum(named_params! { ":a": 1 }).is_err());
        assert!(sum(named_params! { ":a": 1, ":c": 2 }).is_err());
    }
}
