//! Opens the store: inspects the database, migrates its schema, and starts the writer thread.

use std::path::Path;
use std::sync::{Arc, Mutex};

use model::id::Origin;
use model::time::Timestamp;
use ring::digest::{SHA256, digest};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tokio::sync::watch;

use crate::apply::{Applier, hold_waiting};
use crate::connection::{Durability, prepare_writer};
use crate::damage::Damage;
use crate::directory::{DataDir, keep_log};
use crate::doubt::{Doubt, Past, UnexpectedStore};
use crate::due::EarliestDue;
use crate::fault::OpenFault;
use crate::file_watch::StoreFiles;
use crate::inbox::Inbox;
use crate::inspect::{Inspected, inspect};
use crate::mark::{Mark, Marks};
use crate::readers::Readers;
use crate::schema;
use crate::seal::KeyRing;
use crate::statement::{Statements, values};
use crate::store::{Inner, Store};
use crate::upkeep::Upkeep;
use crate::wal::Wal;
use crate::writer::Writer;

/// The way in which a store is opened.
#[derive(Clone, Copy)]
struct OpenMode {
    durability: Durability,
    unexpected: UnexpectedStore,
}

impl Store {
    /// Opens the store in a locked directory. Creates a new store if there is none, with `now` as its
    /// time of creation.
    pub fn open(directory: DataDir, ring: KeyRing, now: Timestamp) -> Result<Self, OpenFault> {
        open(directory, ring, now, OpenMode { durability: Durability::Full, unexpected: UnexpectedStore::Refuse })
    }

    /// As [`Store::open`], with a sync mode. Any mode but [`Durability::Full`] loses mail.
    pub fn open_with(directory: DataDir, ring: KeyRing, now: Timestamp, durability: Durability) -> Result<Self, OpenFault> {
        open(directory, ring, now, OpenMode { durability, unexpected: UnexpectedStore::Refuse })
    }

    /// As [`Store::open`], with the reaction to a database that this machine does not expect.
    pub fn open_unexpected(
        directory: DataDir,
        ring: KeyRing,
        now: Timestamp,
        unexpected: UnexpectedStore,
    ) -> Result<Self, OpenFault> {
        open(directory, ring, now, OpenMode { durability: Durability::Full, unexpected })
    }
}

fn open(mut directory: DataDir, ring: KeyRing, now: Timestamp, mode: OpenMode) -> Result<Store, OpenFault> {
    let path = directory.database();
    let sql = |error| OpenFault::sql(&path, error);
    let marks = Marks::new(directory.path(), directory.run_dir());
    if !directory.has_database() && directory.doubt().is_none() {
        // Checked before SQLite makes the file, so that a refused start leaves nothing behind. The key may be new by now.
        directory.check_marks(mode.unexpected)?;
    }
    let Inspected { mut connection, found, identity, .. } = match inspect(&path, &marks) {
        // The operator has confirmed the database. The log beside it belongs to another one.
        Err(OpenFault::Mixed(_, log, why)) if mode.unexpected == UnexpectedStore::Accept => {
            tracing::warn!("the database {} does not fit together with its log: {why}", path.display());
            keep_log(&log)?;
            inspect(&path, &marks)?
        }
        other => other?,
    };
    let mut past = past(found.as_ref(), &marks, &path, mode.unexpected)?;
    past.doubt = directory.doubt().or(past.doubt);
    // From here on this process owns the file, and a checkpoint of its log is allowed.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false).map_err(sql)?;
    schema::migrate(&mut connection).map_err(sql)?;
    prepare_writer(&connection, mode.durability).map_err(sql)?;
    let NodeIdentity { origin, id: node_id } = node(&connection, &ring, &directory, now)?;
    if let Some(Doubt::Older { .. } | Doubt::Cut { .. } | Doubt::Other { .. }) = &past.doubt {
        past.held = hold_waiting(&connection, now).map_err(sql)?;
    }
    let (ring, damage) = (Arc::new(ring), Arc::new(Damage::default()));
    let wal = Wal::follow(&mut connection, &path).map_err(sql)?;
    let view = wal.view();
    let files = StoreFiles::open(&directory, identity).map_err(|(path, error)| OpenFault::Directory(path, error))?;
    let readers = Readers::open(&path, Arc::clone(&ring), files.index(), Arc::clone(&damage)).map_err(sql)?;
    let applier = Applier::new(connection, ring, directory.path(), Arc::clone(&view))?;
    let (inbox, earliest) = (Inbox::new(), Arc::new(EarliestDue::default()));
    let (failed, failure) = watch::channel(None);
    let upkeep = Upkeep::new(files, wal, marks, damage);
    let writer = Writer { inbox: Arc::clone(&inbox), applier, earliest: Arc::clone(&earliest), upkeep, failed };
    let thread = std::thread::Builder::new()
        .name("store-writer".into())
        .spawn(move || writer.run())
        .map_err(|error| OpenFault::Directory(path.clone(), error))?;
    let thread = Mutex::new(Some(thread));
    Ok(Store::new(Inner { inbox, readers, directory, origin, node_id, earliest, thread, failure, wal: view, past }))
}

/// Compares the database with the marks of earlier runs.
fn past(found: Option<&Mark>, marks: &Marks, path: &Path, unexpected: UnexpectedStore) -> Result<Past, OpenFault> {
    let failure = marks.known().into_iter().find_map(|mark| mark.failure);
    let doubt = marks.doubt(path, found, None);
    if let (Some(doubt), UnexpectedStore::Refuse) = (&doubt, unexpected) {
        return Err(OpenFault::Unexpected(doubt.clone()));
    }
    Ok(Past { doubt, failure, held: 0 })
}

/// The names of a store.
struct NodeIdentity {
    /// In the IDs of messages, for people. Two stores may have the same.
    origin: Origin,
    /// No two stores have the same.
    id: String,
}

/// Reads the row that identifies this node. Inserts it into a new store.
fn node(connection: &Connection, ring: &KeyRing, directory: &DataDir, now: Timestamp) -> Result<NodeIdentity, OpenFault> {
    let path = directory.database();
    let sql = |error| OpenFault::sql(&path, error);
    let found = connection
        .query_row("SELECT origin, sealed_check FROM node", [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)));
    match found {
        Ok((origin, check)) if ring.fits(&check) => {
            let parsed = origin.parse().map_err(|_| OpenFault::Damaged(path.clone(), format!("node.origin is {origin:?}")));
            parsed.map(|origin| NodeIdentity { origin, id: id_of(&check) })
        }
        Ok(_) => Err(OpenFault::WrongKey(directory.key_file())),
        Err(rusqlite::Error::QueryReturnedNoRows) => {
            let origin = Origin::draw(KeyRing::draw()?);
            let statement = "INSERT INTO node (one, origin, created, sealed_check) VALUES (1, :origin, :created, :check)";
            let check = ring.check()?;
            let id = id_of(&check);
            connection
                .run(statement, values! { ":origin": origin.to_string(), ":created": now, ":check": check })
                .map_err(sql)?;
            Ok(NodeIdentity { origin, id })
        }
        Err(error) => Err(sql(error)),
    }
}

/// The identity of a store: a digest of its sealed check, which holds 24 random bytes. 32 hexadecimal digits.
fn id_of(check: &[u8]) -> String {
    model::hex(&digest(&SHA256, check).as_ref()[..16])
}
