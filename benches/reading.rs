//! Reading and judging 10,000 and 100,000 certificates, beside the least that any program must do.

mod support;

use std::path::{Path, PathBuf};
use std::time::Duration;

use kubepki::engine::open;
use kubepki::inventory::state;
use kubepki::inventory::tree::Verified;
use kubepki::progress::silent;
use support::{MOMENT, forest, head, interleaved, on_all_cores, options, ratio, timed};
use x509_parser::prelude::{FromDer as _, Pem, X509Certificate};

fn main() {
    head();
    for (count, rounds) in [(10_000, 7), (100_000, 3)] {
        let folder = tempfile::tempdir().expect("a folder");
        let files = forest(folder.path(), count);
        measure(folder.path(), &files, rounds);
    }
}

fn measure(folder: &Path, files: &[PathBuf], rounds: usize) {
    let issuers: Vec<Vec<u8>> = files[..10].iter().map(|file| der(file)).collect();
    let mut known = Verified::default();
    ours(folder, &mut known);
    let [checked, parsed, fresh, again] = interleaved(
        rounds,
        &mut [
            &mut || {
                timed(|| {
                    on_all_cores(files, |number, file| {
                        check(&der(file), &issuers[number % issuers.len()]);
                    });
                })
            },
            &mut || timed(|| on_all_cores(files, |_, file| parse(&der(file)))),
            &mut || ours(folder, &mut Verified::default()),
            &mut || ours(folder, &mut known),
        ],
    );
    let count = files.len();
    ratio(
        &format!("read and judge {count} / read, parse, check"),
        fresh,
        checked,
        1.5,
    );
    ratio(
        &format!("read {count} again / read, parse"),
        again,
        parsed,
        2.0,
    );
}

/// What `list` does before it prints.
fn ours(folder: &Path, verified: &mut Verified) -> Duration {
    timed(|| {
        let inventory =
            open::open(&options(folder), &silent, verified).expect("the folder can be read");
        let states: Vec<_> = inventory
            .indexed()
            .map(|(index, item)| state::judge(&inventory, index, item, MOMENT))
            .collect();
        (inventory, states)
    })
}

fn der(file: &Path) -> Vec<u8> {
    let bytes = std::fs::read(file).expect("the file can be read");
    let block = Pem::iter_from_buffer(&bytes).next().expect("a block");
    block.expect("a sound block").contents
}

fn parse(der: &[u8]) {
    std::hint::black_box(X509Certificate::from_der(der).expect("a certificate"));
}

fn check(der: &[u8], issuer: &[u8]) {
    let (_, issuer) = X509Certificate::from_der(issuer).expect("an authority");
    let (_, certificate) = X509Certificate::from_der(der).expect("a certificate");
    certificate
        .verify_signature(Some(issuer.public_key()))
        .expect("its issuer");
}
