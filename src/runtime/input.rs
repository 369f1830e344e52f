//! What the terminal sends, as the application's events.

use std::io;
use std::sync::mpsc::Sender;
use std::thread;

use crossterm::event::{
    self, Event as Input, KeyCode as Pressed, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind,
};

use super::Message;
use crate::model::key::{Key, KeyCode, Named};
use crate::model::{Event, Mouse, MouseKind};

/// Starts the thread that waits for input.
pub(super) fn listen(sender: Sender<Message>) -> io::Result<()> {
    thread::Builder::new().name("input".to_owned()).spawn(move || {
        loop {
            let message = match event::read() {
                Ok(input) => match translate(input) {
                    Some(event) => Message::Event(event),
                    None => continue,
                },
                // The terminal is gone.
                Err(_) => Message::End,
            };
            let end = matches!(message, Message::End);
            if sender.send(message).is_err() || end {
                return;
            }
        }
    })?;
    Ok(())
}

fn translate(input: Input) -> Option<Event> {
    match input {
        Input::Key(key) if key.kind != KeyEventKind::Release => translate_key(key).map(Event::Key),
        Input::Paste(text) => Some(Event::Paste(text)),
        Input::Resize(columns, rows) => Some(Event::Resize { columns, rows }),
        Input::Mouse(mouse) => {
            let kind = match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => MouseKind::Click,
                MouseEventKind::ScrollUp => MouseKind::WheelUp,
                MouseEventKind::ScrollDown => MouseKind::WheelDown,
                _ => return None,
            };
            Some(Event::Mouse(Mouse { kind, column: mouse.column, row: mouse.row }))
        }
        _ => None,
    }
}

fn translate_key(key: KeyEvent) -> Option<Key> {
    let named = |named| Some(KeyCode::Named(named));
    let code = match key.code {
        Pressed::Char(character) => Some(KeyCode::Char(character)),
        Pressed::F(number) => Some(KeyCode::Function(number)),
        Pressed::Enter => named(Named::Enter),
        Pressed::Esc => named(Named::Escape),
        Pressed::Tab => named(Named::Tab),
        Pressed::BackTab => named(Named::BackTab),
        Pressed::Backspace => named(Named::Backspace),
        Pressed::Delete => named(Named::Delete),
        Pressed::Up => named(Named::Up),
        Pressed::Down => named(Named::Down),
        Pressed::Left => named(Named::Left),
        Pressed::Right => named(Named::Right),
        Pressed::Home => named(Named::Home),
        Pressed::End => named(Named::End),
        Pressed::PageUp => named(Named::PageUp),
        Pressed::PageDown => named(Named::PageDown),
        _ => None,
    }?;
    Some(Key {
        code,
        control: key.modifiers.contains(KeyModifiers::CONTROL),
        alt: key.modifiers.contains(KeyModifiers::ALT),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_translated() {
        for (pressed, modifiers, expected) in [
            (Pressed::Char('G'), KeyModifiers::SHIFT, "G"),
            (Pressed::Char('z'), KeyModifiers::CONTROL, "Ctrl-z"),
            (Pressed::F(5), KeyModifiers::NONE, "F5"),
            (Pressed::BackTab, KeyModifiers::SHIFT, "Shift-Tab"),
        ] {
            let key = translate_key(KeyEvent::new(pressed, modifiers));
            assert_eq!(key.map(|key| key.to_string()).as_deref(), Some(expected));
        }
        assert_eq!(translate_key(KeyEvent::new(Pressed::CapsLock, KeyModifiers::NONE)), None);
    }
}
