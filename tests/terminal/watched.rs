//! What changes on the disk is shown by itself.

use crate::support::demo_master::Master;

#[test]
fn a_changed_file_is_read_again_by_itself() {
    let master = Master::new();
    let terminal = master.start(&[], 80, 24);
    terminal.wait_for("quit");
    let file = master
        .root
        .path()
        .join("etc/kubernetes/pki/etcd/server.crt");
    let row = |screen: &str| {
        screen
            .lines()
            .find(|line| line.contains(" etcd-server "))
            .map(str::to_owned)
    };
    let before = terminal.wait_until("etcd-server", |screen| row(screen).is_some());
    assert!(!row(&before).unwrap().contains("broken"), "{before}");
    std::fs::write(&file, "no certificate").unwrap();
    terminal.wait_until("the broken file", |screen| {
        row(screen).is_some_and(|row| row.contains("broken"))
    });
}

#[test]
fn a_certificate_in_a_new_folder_is_found_by_itself() {
    let master = Master::new();
    let terminal = master.start(&[], 120, 60);
    terminal.wait_for("quit");
    let pki = master.root.path().join("etc/kubernetes/pki");
    // A file shows that the folder was seen, before another one comes.
    std::fs::create_dir(pki.join("users")).unwrap();
    std::fs::write(pki.join("users/first.crt"), "no certificate").unwrap();
    terminal.wait_for("first.crt");
    std::fs::create_dir(pki.join("more")).unwrap();
    std::fs::write(pki.join("seen.crt"), "no certificate").unwrap();
    terminal.wait_for("seen.crt");
    std::fs::write(pki.join("more/second.crt"), "no certificate").unwrap();
    terminal.wait_for("second.crt");
}

#[test]
fn a_master_that_went_away_is_read_when_it_is_back() {
    let master = Master::new();
    let terminal = master.start(&[], 120, 60);
    terminal.wait_for("quit");
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (master.root.path().to_owned(), folder.path().join("moved"));
    std::fs::write(here.join("etc/kubernetes/pki/seen.crt"), "no certificate").unwrap();
    terminal.wait_for("seen.crt");
    std::fs::rename(&here, &there).unwrap();
    terminal.wait_for("does not exist");
    std::fs::write(there.join("etc/kubernetes/pki/back.crt"), "no certificate").unwrap();
    std::fs::rename(&there, &here).unwrap();
    terminal.wait_for("back.crt");
}
