//! The pictures in `screenshots/` are what the program shows today.

#[path = "support/pictures.rs"]
mod pictures;
#[path = "support/scenes.rs"]
mod scenes;

use std::path::Path;

#[test]
fn screenshots_are_not_stale() {
    let folder = tempfile::tempdir().unwrap();
    let reading = scenes::read_demo(folder.path());
    for scene in &scenes::SCENES {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("screenshots/{}.svg", scene.name));
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        let drawn = pictures::svg(&scenes::frame(scene, &reading), scene.palette);
        assert!(kept == drawn, "{} is stale: run `cargo run --example screenshots`", file.display());
        assert!(file.with_extension("png").is_file(), "{} has no PNG", file.display());
    }
}
