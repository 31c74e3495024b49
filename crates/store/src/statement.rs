//! Statements with named parameters. Each is prepared once and kept in the cache of its connection.
//!
//! SQLite takes a parameter without a value as NULL, silently. So a call must give as many values as its statement has
//! parameters, and rusqlite refuses a name that the statement does not have.

use std::time::Duration;

use model::id::{AccountId, GateId, IncidentId, LaneId, MessageNumber, RelayId, TokenId};
use model::time::Timestamp;
use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, Value, ValueRef};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, ToSql};

/// The values of a statement, made by [`values`].
pub(crate) type Values<'a> = &'a [(&'a str, &'a dyn ToSql)];

/// Names and values of the parameters of a statement: `values! { ":number": number, ":due": due }`.
macro_rules! values {
    ($($name:literal : $value:expr),* $(,)?) => {
        &[$(($name, &$crate::statement::Column(&$value) as &dyn rusqlite::ToSql)),*] as $crate::statement::Values<'_>
    };
}

pub(crate) use values;

/// A value that a column takes. The model does not know SQL, so its types are converted here.
pub(crate) trait ToColumn {
    fn to_column(&self) -> Result<ToSqlOutput<'_>, rusqlite::Error>;
}

pub(crate) struct Column<'a, T: ?Sized>(pub(crate) &'a T);

impl<T: ToColumn + ?Sized> ToSql for Column<'_, T> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, rusqlite::Error> {
        self.0.to_column()
    }
}

macro_rules! columns {
    ($($plain:ty),*) => {
        $(
            impl ToColumn for $plain {
                fn to_column(&self) -> Result<ToSqlOutput<'_>, rusqlite::Error> {
                    self.to_sql()
                }
            }
        )*
    };
}

columns!(i64, u32, u64, usize, bool, str, String, Vec<u8>, [u8], [u8; 32], std::borrow::Cow<'_, str>);

impl<T: ToColumn + ?Sized> ToColumn for &T {
    fn to_column(&self) -> Result<ToSqlOutput<'_>, rusqlite::Error> {
        (**self).to_column()
    }
}

impl<T: ToColumn> ToColumn for Option<T> {
    fn to_column(&self) -> Result<ToSqlOutput<'_>, rusqlite::Error> {
        self.as_ref().map_or(Ok(ToSqlOutput::Owned(Value::Null)), ToColumn::to_column)
    }
}

impl ToColumn for Timestamp {
    fn to_column(&self) -> Result<ToSqlOutput<'_>, rusqlite::Error> {
        Ok(ToSqlOutput::Owned(Value::Integer(self.as_millis())))
    }
}

/// A value that is read from a column: the reverse of [`ToColumn`].
pub(crate) trait FromColumn: Sized {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self>;
}

struct Read<T>(T);

impl<T: FromColumn> FromSql for Read<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        T::from_column(value).map(Self)
    }
}

impl<T: FromColumn> FromColumn for Option<T> {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Null => Ok(None),
            value => T::from_column(value).map(Some),
        }
    }
}

/// The columns of an ID hold its number.
macro_rules! ids {
    ($($id:ident),*) => {
        $(
            impl ToColumn for $id {
                fn to_column(&self) -> Result<ToSqlOutput<'_>, rusqlite::Error> {
                    self.0.to_sql()
                }
            }

            impl FromColumn for $id {
                fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
                    FromSql::column_result(value).map(Self)
                }
            }
        )*
    };
}

ids!(MessageNumber, LaneId, GateId, IncidentId, AccountId, TokenId, RelayId);

/// Reads types of the model from a row.
pub(crate) trait Columns {
    /// A value of one of our types; as an option, one that may be NULL.
    fn read<T: FromColumn>(&self, index: usize) -> Result<T, rusqlite::Error>;

    fn time(&self, index: usize) -> Result<Timestamp, rusqlite::Error>;

    fn maybe_time(&self, index: usize) -> Result<Option<Timestamp>, rusqlite::Error>;

    /// A length of time, stored in milliseconds. A negative one counts as none.
    fn span(&self, index: usize) -> Result<Duration, rusqlite::Error>;
}

impl Columns for Row<'_> {
    fn read<T: FromColumn>(&self, index: usize) -> Result<T, rusqlite::Error> {
        self.get(index).map(|Read(value)| value)
    }

    fn time(&self, index: usize) -> Result<Timestamp, rusqlite::Error> {
        self.get(index).map(Timestamp::from_millis)
    }

    fn maybe_time(&self, index: usize) -> Result<Option<Timestamp>, rusqlite::Error> {
        Ok(self.get::<_, Option<i64>>(index)?.map(Timestamp::from_millis))
    }

    fn span(&self, index: usize) -> Result<Duration, rusqlite::Error> {
        Ok(Duration::from_millis(u64::try_from(self.get::<_, i64>(index)?).unwrap_or(0)))
    }
}

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
    use super::*;

    #[test]
    fn missing_or_unknown_value_is_refused() {
        let connection = Connection::open_in_memory().unwrap();
        let sum = |values: Values<'_>| connection.row("SELECT :a + :b", values, |row| row.get::<_, Option<i64>>(0));
        assert_eq!(sum(values! { ":b": 2_i64, ":a": 1_i64 }), Ok(Some(3)));
        assert!(sum(values! { ":a": 1_i64 }).is_err());
        assert!(sum(values! { ":a": 1_i64, ":c": 2_i64 }).is_err());
    }
}
