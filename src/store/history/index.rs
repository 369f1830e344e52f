//! `index.db`: one row for each operation, so that the history need not read every journal. It
//! holds nothing that the journals do not.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags, params};
use rustix::fs::{FileType, Stat};
use time::format_description::well_known::Rfc3339;

use super::Stamp;
use crate::record::Operation;
use crate::store::StoreError;
use crate::store::folder::Folder;

/// The file's name in the state folder.
pub(super) const NAME: &str = "index.db";

/// Another kubepki may be writing; it takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);

/// No reading or writing of it takes longer: whatever it holds.
const LONGEST: Duration = Duration::from_secs(5);

/// After so many steps of SQLite's own machine the time is looked at.
const STEPS: i32 = 10_000;

/// It is no larger, in bytes: what is past that is read from the journals.
const MOST_BYTES: i64 = 1 << 30;

/// A row is no larger, in bytes: no larger than a journal.
const MOST_OF_A_ROW: i32 = 64 << 20;

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
pub(super) struct IndexedOperation {
    pub(super) stamp: Stamp,
    pub(super) operation: Operation,
}

/// All rows. A file that is absent, damaged or of another version holds none that could be used.
pub(super) fn read(folder: &Folder) -> rusqlite::Result<BTreeMap<String, IndexedOperation>> {
    let connection = open(folder, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement =
        connection.prepare("SELECT id, modified, size, inode, document FROM operations")?;
    let rows = statement.query_map([], |row| {
        let document: String = row.get(4)?;
        Ok((
            row.get::<_, String>(0)?,
            (row.get(1)?, row.get(2)?, row.get(3)?),
            document,
        ))
    })?;
    let mut found = BTreeMap::new();
    for row in rows {
        let (id, stamp, document) = row?;
        // A document of another release is read from its journal again.
        if let Ok(operation) = serde_json::from_str(&document) {
            found.insert(id, IndexedOperation { stamp, operation });
        }
    }
    Ok(found)
}

/// Opens it so that nothing in it does anything, and no question takes for ever: whatever lies
/// there, it is an index.
fn open(folder: &Folder, how: OpenFlags) -> rusqlite::Result<Connection> {
    // SQLite opens what it is given, a FIFO too.
    let is_file = |stat: &Stat| {
        FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile && stat.st_size <= MOST_BYTES
    };
    if !folder
        .stat(NAME)
        .is_ok_and(|stat| stat.as_ref().is_some_and(is_file))
    {
        return Err(rusqlite::Error::InvalidPath(folder.path().join(NAME)));
    }
    let mut connection =
        Connection::open_with_flags(path(folder), how | OpenFlags::SQLITE_OPEN_NOFOLLOW)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    for (limit, most) in [
        (Limit::SQLITE_LIMIT_LENGTH, MOST_OF_A_ROW),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 1 << 16),
        (Limit::SQLITE_LIMIT_COLUMN, 64),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 16),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 1),
    ] {
        connection.set_limit(limit, most)?;
    }
    let end = Instant::now() + LONGEST;
    connection.progress_handler(STEPS, Some(move || Instant::now() > end))?;
    Ok(connection)
}

/// Takes `changed` in and `gone` out. A damaged file is moved aside and made anew.
pub(super) fn write<'a>(
    folder: &Folder,
    changed: &[(Stamp, Operation)],
    gone: impl Iterator<Item = &'a String> + Clone,
) -> Result<(), StoreError> {
    let failed = |error: rusqlite::Error| StoreError::Io {
        path: folder.path().join(NAME),
        why: error.to_string(),
    };
    if folder.stat(NAME)?.is_none() {
        remove_logs(folder);
    }
    // For its owner alone from the first byte; SQLite gives its other files the same mode.
    drop(folder.append(NAME)?);
    match update(folder, changed, gone.clone()) {
        Err(error) if is_damage(&error) => {
            move_aside(folder);
            drop(folder.append(NAME)?);
            // Rows that were known are written at the next reading: nothing is known now.
            update(folder, changed, gone).map_err(failed)
        }
        answer => answer.map_err(failed),
    }
}

fn update<'a>(
    folder: &Folder,
    changed: &[(Stamp, Operation)],
    gone: impl Iterator<Item = &'a String>,
) -> rusqlite::Result<()> {
    let mut connection = open(folder, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
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

/// SQLite refuses links anywhere in the path (SQLITE_OPEN_NOFOLLOW): those above the folder are
/// resolved.
fn path(folder: &Folder) -> PathBuf {
    fs::canonicalize(folder.path())
        .unwrap_or_else(|_| folder.path().to_owned())
        .join(NAME)
}

/// True where the file itself is the trouble, not a full disk or another writer.
fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => matches!(
            failure.code,
            ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::Unknown
                | ErrorCode::SchemaChanged
        ),
        _ => false,
    }
}

fn move_aside(folder: &Folder) {
    let _ = folder.rename(NAME, "index.db.damaged");
    remove_logs(folder);
}

/// SQLite would play the log of a database that is gone into the new one.
fn remove_logs(folder: &Folder) {
    for log in ["index.db-wal", "index.db-shm"] {
        let _ = folder.remove(log);
    }
}
