//! `index.db`: one row for each operation, so that the history need not read every journal. It holds nothing that
//! the journals do not.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, params};
use time::format_description::well_known::Rfc3339;

use super::Stamp;
use crate::record::Operation;
use crate::store::{Error, state};

/// The file's name in the state folder.
pub(super) const NAME: &str = "index.db";

/// Another kubepki may be writing; it takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);

/// The schema's number: another one is made anew.
const VERSION: i64 = 1;

/// The document is the truth for reading; the columns are for whoever asks the database by hand.
const SCHEMA: &str = "
    CREATE TABLE operations (
        id TEXT PRIMARY KEY,
        title TEXT NOT NULL,
        state TEXT NOT NULL,
        user TEXT NOT NULL,
        sudo_user TEXT,
        started_at TEXT NOT NULL,
        undoes TEXT,
        root TEXT NOT NULL,
        modified INTEGER NOT NULL,
        size INTEGER NOT NULL,
        inode INTEGER NOT NULL,
        document TEXT NOT NULL
    ) STRICT;
    PRAGMA user_version = 1;";

/// What is known of one operation.
pub(super) struct Row {
    pub(super) stamp: Stamp,
    pub(super) operation: Operation,
}

/// All rows. A file that is absent, damaged or of another version holds none that could be used.
pub(super) fn read(folder: &Path) -> rusqlite::Result<BTreeMap<String, Row>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path(folder), flags)?;
    connection.busy_timeout(PATIENCE)?;
    let mut statement = connection.prepare("SELECT id, modified, size, inode, document FROM operations")?;
    let rows = statement.query_map([], |row| {
        let document: String = row.get(4)?;
        Ok((row.get::<_, String>(0)?, (row.get(1)?, row.get(2)?, row.get(3)?), document))
    })?;
    let mut found = BTreeMap::new();
    for row in rows {
        let (id, stamp, document) = row?;
        // A document of another release is read from its journal again.
        if let Ok(operation) = serde_json::from_str(&document) {
            found.insert(id, Row { stamp, operation });
        }
    }
    Ok(found)
}

/// Takes `changed` in and `gone` out. A damaged file is moved aside and made anew.
pub(super) fn write<'a>(
    folder: &Path,
    changed: &[(Stamp, Operation)],
    gone: impl Iterator<Item = &'a String> + Clone,
) -> Result<(), Error> {
    let failed = |error: rusqlite::Error| Error::Io { path: folder.join(NAME), why: error.to_string() };
    if !path(folder).exists() {
        remove_logs(folder);
    }
    // For its owner alone from the first byte; SQLite gives its other files the same mode.
    drop(state::append(folder, NAME)?);
    match update(folder, changed, gone.clone()) {
        Err(error) if is_damage(&error) => {
            move_aside(folder);
            drop(state::append(folder, NAME)?);
            // Rows that were known are written at the next reading: nothing is known now.
            update(folder, changed, gone).map_err(failed)
        }
        answer => answer.map_err(failed),
    }
}

fn update<'a>(
    folder: &Path,
    changed: &[(Stamp, Operation)],
    gone: impl Iterator<Item = &'a String>,
) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let mut connection = Connection::open_with_flags(path(folder), flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version != VERSION {
        transaction.execute_batch("DROP TABLE IF EXISTS operations;")?;
        transaction.execute_batch(SCHEMA)?;
    }
    for (stamp, operation) in changed {
        insert(&transaction, *stamp, operation)?;
    }
    for id in gone {
        transaction.execute("DELETE FROM operations WHERE id = ?1", [id])?;
    }
    transaction.commit()
}

fn insert(connection: &Connection, stamp: Stamp, operation: &Operation) -> rusqlite::Result<()> {
    fn failed(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
        rusqlite::Error::ToSqlConversionFailure(Box::new(error))
    }
    let document = serde_json::to_string(operation).map_err(failed)?;
    let started_at = operation.started_at.format(&Rfc3339).map_err(failed)?;
    connection.execute(
        "INSERT OR REPLACE INTO operations VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            operation.id,
            operation.plan.title,
            operation.state.word(),
            operation.by.user,
            operation.by.sudo_user,
            started_at,
            operation.undoes,
            operation.root,
            stamp.0,
            stamp.1,
            stamp.2,
            document
        ],
    )?;
    Ok(())
}

/// SQLite refuses links anywhere in the path (SQLITE_OPEN_NOFOLLOW): those above the folder are resolved.
fn path(folder: &Path) -> PathBuf {
    fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()).join(NAME)
}

/// True where the file itself is the trouble, not a full disk or another writer.
fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => matches!(
            failure.code,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown | ErrorCode::SchemaChanged
        ),
        _ => false,
    }
}

fn move_aside(folder: &Path) {
    let path = path(folder);
    let _ = fs::rename(&path, path.with_extension("db.damaged"));
    remove_logs(folder);
}

/// SQLite would play the log of a database that is gone into the new one.
fn remove_logs(folder: &Path) {
    for ending in ["db-wal", "db-shm"] {
        let _ = fs::remove_file(path(folder).with_extension(ending));
    }
}
