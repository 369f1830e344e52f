//! The probe before servers that do not do what a TLS server does: every one of them is a clear
//! answer, in time.

use std::io::{Read as _, Write as _};
use std::net::{Ipv6Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use kubepki::pki::key::KeyAlgorithm;
use kubepki::probe::{Target, probe};
use kubepki::running::{Served, Silence};

use crate::support::authority::{days, root};
use crate::support::serving::{Server, closed_port, serve_once};
use crate::support::{skip, tool};

/// Longer than any server takes that answers.
const PATIENCE: Duration = Duration::from_secs(30);
/// For those that do not.
const SHORT: Duration = Duration::from_millis(1200);

fn ask(host: &str, port: u16, patience: Duration) -> Result<Served, Silence> {
    let target = Target {
        host: host.to_owned(),
        port,
        server_name: None,
    };
    probe(&target, Instant::now() + patience, &|| true)
}

fn local(port: u16) -> Result<Served, Silence> {
    ask("127.0.0.1", port, PATIENCE)
}

/// Reads the client's first words, and keeps the connection until the client goes.
fn listen(mut stream: &TcpStream) -> Vec<u8> {
    let mut bytes = [0; 4096];
    let count = stream.read(&mut bytes).unwrap_or(0);
    bytes[..count].to_vec()
}

fn wait_for_end(mut stream: &TcpStream) {
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
}

/// A server that answers the client's first words with these bytes and stays.
fn says(answer: Vec<u8>) -> u16 {
    serve_once(move |mut stream| {
        listen(&stream);
        let _ = stream.write_all(&answer);
        wait_for_end(&stream);
    })
}

#[test]
fn who_speaks_something_else_is_told_apart() {
    for (words, http) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], true),
        (
            b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
            true,
        ),
        (b"SSH-2.0-OpenSSH_9.2\r\n", false),
        (b"\0\0\x12\x04\0\0\0\0\0", false),
        (b"220 mail.example.com ESMTP\r\n", false),
        (&[0xff; 4096], false),
    ] {
        assert_eq!(
            local(says(words.to_vec())),
            Err(Silence::NotTls { http }),
            "{words:?}"
        );
    }
    let echo = serve_once(|mut stream| {
        let words = listen(&stream);
        let _ = stream.write_all(&words);
        wait_for_end(&stream);
    });
    assert_eq!(local(echo), Err(Silence::NotTls { http: false }));
}

#[test]
fn a_server_that_listens_before_it_speaks_plain_http_has_its_end_of_line() {
    // As Go's: it answers after the first line; what a TLS client says must have one.
    let port = serve_once(|mut stream| {
        let mut byte = [0];
        while stream.read(&mut byte).is_ok_and(|count| count == 1) && byte != *b"\n" {}
        let _ = stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n400 Bad Request");
    });
    assert_eq!(local(port), Err(Silence::NotTls { http: true }));
}

#[test]
fn alerts_and_old_versions_are_told() {
    let alert = |number: u8| vec![21, 3, 3, 0, 2, 2, number];
    assert_eq!(
        local(says(alert(70))),
        Err(Silence::TooOld),
        "protocol_version"
    );
    assert_eq!(
        local(says(alert(40))),
        Err(Silence::Ended("handshake failure".to_owned()))
    );
    assert_eq!(
        local(says(alert(199))),
        Err(Silence::Ended("alert 199".to_owned()))
    );
    // A ServerHello of TLS 1.0 and 1.1: version, random, no session, TLS_RSA_WITH_AES_128_CBC_SHA,
    // no compression.
    for minor in [1, 2] {
        let hello = [&[2, 0, 0, 38, 3, minor][..], &[7; 32], &[0, 0, 0x2f, 0]].concat();
        let record = [&[22, 3, minor, 0, 42][..], &hello].concat();
        assert_eq!(local(says(record)), Err(Silence::TooOld), "1.{}", minor - 1);
    }
}

#[test]
fn who_goes_or_cannot_be_reached_is_told() {
    assert_eq!(local(closed_port()), Err(Silence::Refused));
    let closes = serve_once(|stream| {
        listen(&stream);
    });
    assert!(matches!(local(closes), Err(Silence::Ended(_))));
    // What was not read cuts the connection off.
    let resets = serve_once(|stream| {
        let _ = stream.peek(&mut [0]);
    });
    assert!(matches!(local(resets), Err(Silence::Ended(_))));
    // Nobody is connected with by broadcast.
    assert!(matches!(
        ask("255.255.255.255", 6443, PATIENCE),
        Err(Silence::Unreachable(_))
    ));
    // RFC 6761 §6.4: this name never exists.
    let name = "kubernetes.invalid".to_owned();
    assert_eq!(ask(&name, 6443, PATIENCE), Err(Silence::NoSuchHost(name)));
}

#[test]
fn the_deadline_is_over_all() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let dripping = serve_once(|mut stream| {
        // A record of 16 KiB, one byte after the other.
        let bytes = [22, 3, 3, 64, 0].into_iter().chain(std::iter::repeat(2));
        for byte in bytes {
            std::thread::park_timeout(Duration::from_millis(50));
            if stream.write_all(&[byte]).is_err() {
                return;
            }
        }
    });
    for (port, what) in [
        (silent.local_addr().expect("an address").port(), "silent"),
        (dripping, "dripping"),
    ] {
        let began = Instant::now();
        assert_eq!(
            ask("127.0.0.1", port, SHORT),
            Err(Silence::TimedOut(2)),
            "{what}"
        );
        let took = began.elapsed();
        assert!(took >= SHORT && took < SHORT + PATIENCE, "{what}: {took:?}");
    }
    assert_eq!(
        ask("127.0.0.1", 6443, Duration::ZERO),
        Err(Silence::TimedOut(0))
    );
}

#[test]
fn a_machine_that_takes_no_connection_is_waited_for_until_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    // Nobody accepts: when as many wait as the system lets wait, it answers no more, like a machine
    // that is away.
    let waiting: Vec<TcpStream> = std::iter::from_fn(|| {
        TcpStream::connect_timeout(&address, Duration::from_millis(300)).ok()
    })
    .take(600)
    .collect();
    if waiting.len() == 600 {
        return skip("this system lets any number of connections wait");
    }
    let began = Instant::now();
    assert_eq!(
        ask("127.0.0.1", address.port(), SHORT),
        Err(Silence::TimedOut(2))
    );
    assert!(began.elapsed() >= SHORT);
}

#[test]
fn it_ends_when_nobody_wants_it() {
    let (heard, wait) = mpsc::channel();
    let silent = serve_once(move |stream| {
        listen(&stream);
        let _ = heard.send(());
        wait_for_end(&stream);
    });
    let is_wanted = AtomicBool::new(true);
    let target = Target {
        host: "127.0.0.1".to_owned(),
        port: silent,
        server_name: None,
    };
    let hour = Instant::now() + Duration::from_hours(1);
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| probe(&target, hour, &|| is_wanted.load(Ordering::Relaxed)));
        wait.recv_timeout(PATIENCE).expect("the client speaks");
        is_wanted.store(false, Ordering::Relaxed);
        assert_eq!(asked.join().expect("no panic"), Err(Silence::Stopped));
    });
}

#[test]
fn what_never_ends_is_bounded() {
    for record in [
        // Messages of a handshake: a ServerHello that goes on and on, and empty ones.
        [&[22, 3, 3, 64, 0, 2, 255, 255, 255][..], &[0; 16380]].concat(),
        vec![22, 3, 3, 0, 0],
        // Change cipher spec, a warning, application data.
        vec![20, 3, 3, 0, 1, 1],
        vec![21, 3, 3, 0, 2, 1, 90],
        [&[23, 3, 3, 64, 0][..], &[0; 16384]].concat(),
    ] {
        let port = serve_once({
            let record = record.clone();
            move |mut stream| {
                let block = record.repeat((64 * 1024 / record.len()).max(1));
                // 64 MiB, were anybody to read it.
                for _ in 0..1024 {
                    if stream.write_all(&block).is_err() {
                        return;
                    }
                }
                wait_for_end(&stream);
            }
        });
        assert!(
            matches!(local(port), Err(Silence::Ended(_))),
            "{:?}",
            &record[..5]
        );
    }
}

#[test]
fn an_address_of_version_6_is_asked() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let Ok(probing) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else {
        return skip("this machine has no ::1");
    };
    drop(probing);
    let folder = tempfile::tempdir().expect("a folder");
    let made = root("kubernetes").server(&["::1"], KeyAlgorithm::EcdsaP256, days(-1, 1));
    let pair = made.write(folder.path(), "server", &[]);
    let server = Server::start(&openssl, &pair, &["-6", "-accept", "[::1]:0"]);
    let answer = ask("::1", server.port, PATIENCE).expect("a certificate");
    assert_eq!((answer.chain, answer.fault), (vec![made.certificate], None));
}
