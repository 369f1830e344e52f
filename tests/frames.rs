//! Every route at three sizes, as text and styles, reached from the demo by keys alone.
//! `INSTA_UPDATE=always cargo test --test frames` writes them anew; read the difference before you commit it.

#[path = "support/stage.rs"]
mod stage;

use kubepki::app::Setup;
use kubepki::model::route::RouteName;
use stage::Stage;

/// The keys from the first screen. A route without keys does not compile.
fn keys(route: RouteName) -> &'static str {
    match route {
        RouteName::Authorities => "1",
        RouteName::Expiring => "2",
        RouteName::Requests => "3",
        RouteName::Kubeconfigs => "4",
        RouteName::Certificate => "/ apiserver <enter> <enter>",
        RouteName::Kubeconfig => "4 <enter>",
        RouteName::Request => "3 <enter>",
        RouteName::Why => "/ apiserver <enter> w",
        RouteName::Wizard => "o",
        RouteName::Review => "R",
        RouteName::Difference => "R d",
        RouteName::Commands => "R c",
        RouteName::History => "7",
        RouteName::Operation => "7 <enter>",
        RouteName::Unread => "!",
        RouteName::Lens => "t +90d",
        RouteName::Palette => ": co",
        RouteName::Help => "?",
    }
}

fn frame(stage: &Stage) -> String {
    let buffer = stage.buffer();
    format!("{}\n{}", stage::text(&buffer), stage::styles(&buffer))
}

fn stage(route: RouteName, columns: u16, rows: u16) -> Stage {
    let mut reading = stage::reading();
    if route == RouteName::Unread {
        let mut inventory = (*reading.inventory).clone();
        inventory.unread = vec![kubepki::inventory::Unread {
            path: "/etc/kubernetes/pki/ca.key".to_owned(),
            why: "permission denied".to_owned(),
        }];
        reading = kubepki::model::Reading::new(inventory);
    }
    let mut setup = stage::setup();
    "sudo kubepki".clone_into(&mut setup.settings.sudo);
    let mut stage = Stage::with(setup, reading, columns, rows);
    stage.keys(keys(route));
    assert_eq!(stage.app.route().name(), route);
    stage
}

#[test]
fn every_route_at_every_size() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for route in RouteName::all() {
            for (columns, rows) in [(80, 24), (120, 36), (40, 12)] {
                let stage = stage(route, columns, rows);
                insta::assert_snapshot!(format!("{route:?}-{columns}x{rows}").to_lowercase(), frame(&stage));
            }
        }
    });
}

#[test]
fn other_ways_to_show_it() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        let mut light = stage::setup();
        light.base = kubepki::ui::theme::Base::Light;
        let mut ascii = stage::setup();
        ascii.settings.ascii = true;
        let no_color = Setup { no_color: true, ..stage::setup() };
        for (name, setup) in [("light", light), ("ascii", ascii), ("no-color", no_color)] {
            let stage = Stage::with(setup, stage::reading(), 120, 36);
            insta::assert_snapshot!(format!("overview-{name}-120x36"), frame(&stage));
        }
        let mut zoomed = Stage::demo(120, 36);
        zoomed.keys("z");
        insta::assert_snapshot!("expiring-zoomed-120x36", frame(&zoomed));
    });
}

#[test]
fn the_right_follows_from_the_subject_where_no_role_is_known() {
    let mut inventory = (*stage::reading().inventory).clone();
    inventory.items.iter_mut().for_each(|item| item.roles.clear());
    let mut stage = Stage::with(stage::setup(), kubepki::model::Reading::new(inventory), 100, 60);
    stage.keys("/ etc/kubernetes/admin.conf <enter> <enter>");
    assert!(stage.text().contains("kubeadm:cluster-admins   gives cluster-admin"), "{}", stage.text());
}
