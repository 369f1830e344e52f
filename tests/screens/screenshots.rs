//! The pictures in `screenshots/` are what the program draws today. `cargo run --example
//! screenshots` makes them.

use crate::support::picture;

#[test]
fn pictures_are_not_stale() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    for picture in picture::all() {
        let path = folder.join(format!("{}.svg", picture.name));
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == picture.svg(),
            "{} is stale: cargo run --example screenshots",
            path.display()
        );
        assert!(
            path.with_extension("png").is_file(),
            "{} has no PNG",
            path.display()
        );
    }
}
