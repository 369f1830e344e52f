//! The pictures in `screenshots/` are what the program draws today. `cargo run --example screenshots` makes them.

#[path = "support/changes.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod changes;
#[path = "support/demo_side.rs"]
mod demo_side;
#[path = "support/picture.rs"]
mod picture;
#[path = "support/setting_up.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod setting_up;
#[path = "support/setup_plan.rs"]
mod setup_plan;
#[path = "support/stage.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod stage;

#[test]
fn pictures_are_not_stale() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    for picture in picture::all() {
        let path = folder.join(format!("{}.svg", picture.name));
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == picture.svg(), "{} is stale: cargo run --example screenshots", path.display());
        assert!(path.with_extension("png").is_file(), "{} has no PNG", path.display());
    }
}
