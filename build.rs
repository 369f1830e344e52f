//! Lists the layouts of `assets/layouts/` for `src/kubernetes/distribution.rs`: one file more there is one layout more.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

const FOLDER: &str = "assets/layouts";

/// What all layouts have in common, and no layout itself.
const COMMON: &str = "common.yaml";

fn main() -> Result<(), Box<dyn Error>> {
    // Of a folder Cargo sees what is added, too.
    println!("cargo::rerun-if-changed={FOLDER}");
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join(FOLDER);
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
            && !path.ends_with(COMMON)
        {
            files.push(path);
        }
    }
    files.sort();
    let mut list = String::from("&[\n");
    for file in &files {
        let file = file.to_str().ok_or("the folder's path is not UTF-8")?;
        writeln!(list, "    include_str!({file:?}),")?;
    }
    list += "]\n";
    fs::write(Path::new(&env::var("OUT_DIR")?).join("layouts.rs"), list)?;
    Ok(())
}
