//! Snapshots of screens: by their names alone, in `tests/snapshots`.

/// Runs what compares screens with their snapshots.
pub(crate) fn snapshots(compare: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    // From the folder of the test that compares.
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(compare);
}
