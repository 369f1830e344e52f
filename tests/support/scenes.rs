//! The frames in `screenshots/`: real frames of the demo, reached by keys.

use std::path::Path;

use kubepki::app::{App, Options};
use kubepki::model::{Command, Event, Key, Reading};
use kubepki::operation::{demo, open};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use time::OffsetDateTime;
use time::macros::datetime;

use super::pictures::{DARK, LIGHT, Palette};

/// The moment of every picture.
pub const MOMENT: OffsetDateTime = datetime!(2026-11-22 03:12 UTC);

/// One picture.
pub struct Scene {
    /// The file's name without its ending.
    pub name: &'static str,
    /// Columns and rows.
    pub size: (u16, u16),
    /// The keys that lead there.
    pub keys: &'static str,
    /// The terminal it is shown in.
    pub palette: &'static Palette,
    /// Changes to how the program is started.
    pub start: fn(&mut Options),
}

/// All pictures.
pub const SCENES: [Scene; 9] = [
    scene("overview-120x36", (120, 36), ""),
    scene("overview-80x24", (80, 24), ""),
    scene("certificate-120x36", (120, 36), "2 <enter>"),
    scene("certificate-80x24", (80, 24), "2 <enter>"),
    scene("kubeconfig-80x24", (80, 24), "4 <enter>"),
    scene("request-80x24", (80, 24), "3 <enter>"),
    scene("help-80x24", (80, 24), "?"),
    Scene { palette: &LIGHT, start: light, ..scene("overview-light-120x36", (120, 36), "") },
    Scene { start: no_color, ..scene("overview-no-color-80x24", (80, 24), "") },
];

const fn scene(name: &'static str, size: (u16, u16), keys: &'static str) -> Scene {
    Scene { name, size, keys, palette: &DARK, start: |_| {} }
}

fn light(options: &mut Options) {
    options.theme = Some(Ok("base: light\n".to_owned()));
}

fn no_color(options: &mut Options) {
    options.color = false;
}

/// Makes the demo master below `folder` and reads it.
pub fn read_demo(folder: &Path) -> Reading {
    demo::create(folder, MOMENT).expect("the demo is made");
    let options = open::OpenOptions { root: folder.to_owned(), ..open::OpenOptions::default() };
    let inventory = open::open(&options, &kubepki::progress::silent, &mut Default::default());
    Reading::new(inventory.expect("the demo is read"))
}

/// The frame of `scene`.
pub fn frame(scene: &Scene, reading: &Reading) -> Buffer {
    let mut options =
        Options { color: true, host: "master-1".to_owned(), user: "root".to_owned(), ..Options::default() };
    (scene.start)(&mut options);
    let mut app = App::new(options);
    app.update(Event::Moment(MOMENT));
    app.update(Event::Resize { columns: scene.size.0, rows: scene.size.1 });
    for command in app.start() {
        if let Command::Start { id, .. } = command {
            app.update(Event::Read { id, at: MOMENT, reading: Ok(reading.clone()) });
        }
    }
    for key in Key::script(scene.keys).expect("keys") {
        app.update(Event::Key(key));
    }
    let Ok(mut terminal) = Terminal::new(TestBackend::new(scene.size.0, scene.size.1));
    let Ok(_) = terminal.draw(|frame| app.render(frame));
    terminal.backend().buffer().clone()
}
