//! Makes `screenshots/*.svg` and `*.png` from real frames of the demo: `cargo run --example screenshots`.

#[path = "../tests/support/pictures.rs"]
mod pictures;
#[path = "../tests/support/scenes.rs"]
mod scenes;

use std::path::Path;
use std::sync::Arc;

use resvg::{tiny_skia, usvg};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let folder = tempfile::tempdir()?;
    let reading = scenes::read_demo(folder.path());
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_system_fonts();
    let options = usvg::Options { fontdb: Arc::new(fonts), ..usvg::Options::default() };
    for scene in &scenes::SCENES {
        let svg = pictures::svg(&scenes::frame(scene, &reading), scene.palette);
        std::fs::write(target.join(format!("{}.svg", scene.name)), &svg)?;
        let tree = usvg::Tree::from_str(&svg, &options)?;
        let size = tree.size().to_int_size();
        let mut pixels = tiny_skia::Pixmap::new(size.width(), size.height()).ok_or("an empty picture")?;
        resvg::render(&tree, tiny_skia::Transform::identity(), &mut pixels.as_mut());
        pixels.save_png(target.join(format!("{}.png", scene.name)))?;
        println!("{}", scene.name);
    }
    Ok(())
}
