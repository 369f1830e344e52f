//! Restarts by keys on a stand-in node: renewed, restarted and proven with four keys; cut off, the
//! next start shows where it stood.

use kubepki::pki::text::short_serial;

use crate::support::node::StandIn;
use crate::support::terminal::{READ, Terminal};

const APISERVER: &str = "/etc/kubernetes/pki/apiserver.crt";

fn start(node: &StandIn) -> Terminal {
    let terminal = Terminal::start_command(node.in_terminal(&[]), 120, 36);
    terminal.wait_for("apiserver");
    terminal
}

/// Renews what is due; the page shows the restarts.
fn renew(terminal: &mut Terminal) {
    terminal.send("R");
    terminal.wait_for("one transaction");
    terminal.wait_still(READ);
    terminal.send("\r");
    terminal.wait_for("0 of 5 done");
    terminal.wait_still(READ);
}

/// Leaves by the key and its answer, while something may wait.
fn quit(mut terminal: Terminal) {
    terminal.send("q");
    assert_eq!(terminal.wait_end(), 0);
}

#[test]
fn four_keys_renew_restart_and_prove() {
    let Some(node) = StandIn::start() else { return };
    let old = [6443, 10257, 10259].map(|port| node.served(port));
    let mut terminal = start(&node);
    renew(&mut terminal);
    terminal.send("A");
    terminal.wait_for("5 of 5 done");
    let new = node.on_disk(APISERVER);
    terminal.wait_for(&format!("port 6443 serves {}", short_serial(&new)));
    assert_eq!(node.served(6443), Some(new.clone()));
    for (port, old) in [6443, 10257, 10259].into_iter().zip(old) {
        assert!(
            node.served(port).is_some_and(|served| Some(served) != old),
            "{port}"
        );
    }
    let log: Vec<String> = node
        .log()
        .into_iter()
        .filter(|line| !line.starts_with("ended"))
        .collect();
    // etcd reads its files for each connection; the stand-in of the API server does not.
    let expected = [
        "restart kubelet",
        "stop kube-apiserver",
        "stop kube-controller-manager",
        "stop kube-scheduler",
    ];
    assert_eq!(log, expected, "each once and in order");
    let restarts = node.operation()["restarts"].clone();
    for restart in restarts.as_array().expect("restarts") {
        let component = restart["component"].as_str().expect("a name");
        assert_eq!(restart["state"], "done", "{restart}");
        if component == "kube-apiserver" {
            assert_eq!(restart["servedAfter"], new, "{restart}");
            assert_ne!(restart["servedBefore"], new, "{restart}");
        }
    }
    quit(terminal);
}

#[test]
fn cut_off_the_next_start_shows_where_it_stood_and_goes_on() {
    let Some(node) = StandIn::start() else { return };
    let mut terminal = start(&node);
    renew(&mut terminal);
    node.close("hold/kube-controller-manager");
    terminal.send("A");
    terminal.wait_for("waiting for");
    node.wait_for("ended kube-controller-manager");
    StandIn::kill(terminal.process());
    drop(terminal);
    assert!(
        node.restarts()
            .contains(&"kube-controller-manager begun".to_owned()),
        "{:?}",
        node.restarts()
    );

    let mut terminal = start(&node);
    terminal.wait_for("restarting kube-controller-manager was interrupted");
    terminal.send("7");
    terminal.wait_for("Renew what is due");
    terminal.wait_still(READ);
    terminal.send("\r");
    terminal.wait_for("interrupted: it was begun");
    terminal.wait_for("3 of 5 done");
    terminal.wait_still(READ);
    terminal.send("A");
    terminal.wait_for("waiting for");
    // Whoever leaves while a component is away leaves at once.
    quit(terminal);
    assert!(
        node.restarts()
            .contains(&"kube-controller-manager begun".to_owned()),
        "{:?}",
        node.restarts()
    );

    let mut terminal = start(&node);
    terminal.wait_for("was interrupted");
    node.open("hold/kube-controller-manager");
    node.wait_until("it serves again", || node.served(10257).is_some());
    terminal.send("7");
    terminal.wait_for("Renew what is due");
    terminal.wait_still(READ);
    terminal.send("\r");
    terminal.wait_for("of 5 done");
    terminal.wait_still(READ);
    terminal.send("A");
    terminal.wait_for("5 of 5 done");
    assert!(
        node.restarts().iter().all(|one| !one.ends_with("begun")),
        "{:?}",
        node.restarts()
    );
    quit(terminal);
}
