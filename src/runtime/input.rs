//! Keys, mouse, paste and signals to messages.

use std::io;
use std::sync::mpsc::Sender;
use std::thread;

use crossterm::event::{self, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;

use super::{Message, send};
use crate::model::key::{KeyCode, Named};
use crate::model::{Event, Key, Mouse, MouseKind};

/// Starts to listen: all threads sleep until something happens.
pub(super) fn listen(sender: &Sender<Message>) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP])?;
    let to = sender.clone();
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for signal in signals.forever() {
                send(
                    &to,
                    if signal == SIGTSTP {
                        Message::Suspend
                    } else {
                        Message::Signal(signal)
                    },
                );
            }
        })?;
    let to = sender.clone();
    thread::Builder::new()
        .name("input".to_owned())
        .spawn(move || {
            while let Ok(event) = event::read() {
                if let Some(event) = translated(event) {
                    send(&to, Message::Event(event));
                }
            }
            send(&to, Message::InputEnded);
        })?;
    let to = sender.clone();
    thread::Builder::new()
        .name("hangup".to_owned())
        .spawn(move || {
            wait_for_hangup();
            send(&to, Message::InputEnded);
        })?;
    Ok(())
}

/// Returns when the terminal is gone. Not every terminal that vanishes sends SIGHUP, and
/// crossterm's `read` neither fails nor returns then: it reads nothing over and over.
fn wait_for_hangup() {
    let stdin = io::stdin();
    // Without any flag only POLLHUP, POLLERR and POLLNVAL wake: keys do not.
    let mut terminal = [PollFd::new(&stdin, PollFlags::empty())];
    while poll(&mut terminal, None) == Err(Errno::INTR) {}
}

fn translated(event: event::Event) -> Option<Event> {
    match event {
        event::Event::Key(key) if key.kind != KeyEventKind::Release => {
            self::key(key).map(Event::Key)
        }
        event::Event::Mouse(mouse) => {
            let kind = match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => MouseKind::Click,
                MouseEventKind::ScrollUp => MouseKind::WheelUp,
                MouseEventKind::ScrollDown => MouseKind::WheelDown,
                _ => return None,
            };
            Some(Event::Mouse(Mouse {
                kind,
                column: mouse.column,
                row: mouse.row,
            }))
        }
        event::Event::Paste(text) => Some(Event::Paste(text)),
        event::Event::Resize(columns, rows) => Some(Event::Resize { columns, rows }),
        _ => None,
    }
}

fn key(event: KeyEvent) -> Option<Key> {
    let code = match event.code {
        event::KeyCode::Char(character) => KeyCode::Char(character),
        event::KeyCode::F(number) => KeyCode::Function(number),
        event::KeyCode::Enter => KeyCode::Named(Named::Enter),
        event::KeyCode::Esc => KeyCode::Named(Named::Escape),
        event::KeyCode::Tab => KeyCode::Named(Named::Tab),
        event::KeyCode::BackTab => KeyCode::Named(Named::BackTab),
        event::KeyCode::Backspace => KeyCode::Named(Named::Backspace),
        event::KeyCode::Delete => KeyCode::Named(Named::Delete),
        event::KeyCode::Up => KeyCode::Named(Named::Up),
        event::KeyCode::Down => KeyCode::Named(Named::Down),
        event::KeyCode::Left => KeyCode::Named(Named::Left),
        event::KeyCode::Right => KeyCode::Named(Named::Right),
        event::KeyCode::Home => KeyCode::Named(Named::Home),
        event::KeyCode::End => KeyCode::Named(Named::End),
        event::KeyCode::PageUp => KeyCode::Named(Named::PageUp),
        event::KeyCode::PageDown => KeyCode::Named(Named::PageDown),
        _ => return None,
    };
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    Some(Key { code, control, alt })
}
