//! Pictures of the program's own frames, made from the demo: `cargo run --example screenshots`.
//! Writes `screenshots/*.svg` and `*.png`; a test compares the SVG files with what it would write.

#[path = "../tests/support/changes.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod changes;
#[path = "../tests/support/demo_side.rs"]
mod demo_side;
#[path = "../tests/support/picture.rs"]
mod picture;
#[path = "../tests/support/setting_up.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod setting_up;
#[path = "../tests/support/setup_plan.rs"]
mod setup_plan;
#[path = "../tests/support/stage.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod stage;

use std::path::Path;
use std::sync::Arc;

use resvg::{tiny_skia, usvg};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let only: Vec<String> = std::env::args().skip(1).collect();
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_system_fonts();
    let options = usvg::Options {
        fontdb: Arc::new(fonts),
        ..usvg::Options::default()
    };
    for picture in picture::all() {
        if !only.is_empty() && !only.iter().any(|name| picture.name.contains(name.as_str())) {
            continue;
        }
        let svg = picture.svg();
        std::fs::write(folder.join(format!("{}.svg", picture.name)), &svg)?;
        let tree = usvg::Tree::from_str(&svg, &options)?;
        let size = tree.size().to_int_size();
        let mut pixels =
            tiny_skia::Pixmap::new(size.width(), size.height()).ok_or("no picture of that size")?;
        resvg::render(
            &tree,
            tiny_skia::Transform::identity(),
            &mut pixels.as_mut(),
        );
        pixels.save_png(folder.join(format!("{}.png", picture.name)))?;
        println!("{}", picture.name);
    }
    Ok(())
}
