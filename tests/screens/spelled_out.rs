//! What others wrote is spelled out, whatever it holds.

use kubepki::pki::text::is_hidden;

use crate::support::stage::Stage;

/// A text that would clear a screen, turn letters round and ring.
pub(crate) const EVIL: &str = "evil\u{1b}[2J\u{202e}\u{7}name";

/// Neither the frame nor the plain page holds what cannot be seen.
pub(crate) fn nothing_is_hidden(stage: &Stage, keys: &str) {
    let buffer = stage.buffer();
    let hidden = buffer
        .content
        .iter()
        .find(|cell| cell.symbol().chars().any(is_hidden));
    assert_eq!(hidden, None, "{keys}");
    for line in stage.app.spoken().page {
        assert!(!line.chars().any(is_hidden), "{keys}: {line:?}");
    }
}
