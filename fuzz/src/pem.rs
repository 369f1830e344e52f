//! PEM, and any file of a master.

use kubepki::inventory::file::{self, Expectation};
use kubepki::pki::pem;

use super::said;

/// PEM blocks with whatever stands around them. True where there is a whole one.
///
/// # Panics
/// Where what was read is not what is known of it.
pub fn pem(bytes: &[u8]) -> bool {
    let _ = file::parse(bytes, Expectation::default());
    let blocks = pem::blocks(bytes);
    for error in blocks.iter().filter_map(|block| block.as_ref().err()) {
        said::is_one_line(error);
    }
    let whole: Vec<(usize, &pem::Block)> = blocks
        .iter()
        .enumerate()
        .filter_map(|(index, block)| Some((index, block.as_ref().ok()?)))
        .collect();
    for (index, block) in &whole {
        assert!(block.line >= 1 && block.line <= bytes.split(|byte| *byte == b'\n').count());
        written_again(&blocks, bytes, *index, block);
    }
    !whole.is_empty()
}

/// Put in its own place a block is the same block, and the others stay what they were.
fn written_again(
    blocks: &[Result<pem::Block, kubepki::pki::Error>],
    bytes: &[u8],
    index: usize,
    block: &pem::Block,
) {
    let replaced =
        pem::replace(bytes, &[(index, &block.label, &block.der)]).expect("a whole block");
    let again = pem::blocks(&replaced);
    assert_eq!(again.len(), blocks.len());
    for (at, (before, after)) in blocks.iter().zip(&again).enumerate() {
        match (before, after) {
            (Ok(before), Ok(after)) => {
                assert_eq!((&before.label, &before.der), (&after.label, &after.der));
                assert!(at == index || before.encrypted == after.encrypted);
            }
            (Err(_), Err(_)) => {}
            other => panic!("block {at}: {other:?}"),
        }
    }
}
