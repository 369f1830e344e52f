//! Reading a layout's YAML: braces are spread, the part follows from the file's ending where it is
//! not said.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{
    AlsoKept, ApiServer, Authorities, KeptBy, Layout, LayoutSetup, Place, PlacePart, PlaceSetup,
    RenewsItself, SystemAccounts,
};
use crate::kubernetes::component::Component;
use crate::kubernetes::distribution::COMMON;
use crate::kubernetes::role::{Role, role};
use crate::kubernetes::yaml;

/// What is wrong with a layout's YAML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// No YAML, or a field that a layout does not have.
    #[error("not a layout: {0}")]
    Yaml(String),
    /// A role that the role table does not have.
    #[error("{path}: there is no role {role:?}")]
    UnknownRole {
        /// The place.
        path: String,
        /// The name that was given.
        role: String,
    },
    /// The path is not absolute, or leaves its folder.
    #[error("{0:?} is not an absolute path without \"..\"")]
    Path(String),
    /// Neither a `part` nor an ending that says it.
    #[error("{0}: say which `part` lies there, its ending does not")]
    Part(String),
    /// A layout without a name, or with one that is not a word.
    #[error("{0:?} is no name for a layout: use lower-case letters, digits and dashes")]
    Name(String),
    /// A program of the distribution without a name, or with a component's.
    #[error("{0:?} is no program of a distribution: it has a name of its own")]
    Program(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    name: String,
    title: Option<String>,
    base: String,
    #[serde(default = "last")]
    preference: u16,
    #[serde(default)]
    fallback: bool,
    #[serde(default)]
    folders: Vec<String>,
    mounts: Option<Vec<String>>,
    telling_folders: Option<Vec<String>>,
    #[serde(default = "a_year")]
    lifetime_days: u32,
    setup: Option<LayoutSetup>,
    #[serde(default)]
    programs: Vec<String>,
    #[serde(default, with = "serde_yaml::with::singleton_map")]
    keeper: KeptBy,
    #[serde(default)]
    api_server: ApiServer,
    #[serde(default)]
    authorities: Authorities,
    renews_itself: Option<RenewsItself>,
    also_kept: Option<AlsoKept>,
    #[serde(default)]
    accounts: SystemAccounts,
    places: Vec<TextPlace>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextPlace {
    path: String,
    #[serde(default)]
    roles: Vec<String>,
    part: Option<PlacePart>,
    #[serde(default = "yes")]
    in_use: bool,
    setup: Option<PlaceSetup>,
}

/// kubeadm's CertificateValidityPeriod (constants.go), which the guides for hand-made masters
/// follow.
fn a_year() -> u32 {
    365
}

/// After all that say where they stand.
fn last() -> u16 {
    u16::MAX
}

fn yes() -> bool {
    true
}

/// Reads one layout and adds the places that every layout has.
pub fn parse(text: &str) -> Result<Layout, LayoutError> {
    static COMMON_LAYOUT: LazyLock<Layout> = LazyLock::new(|| {
        let mut common =
            parse_alone(COMMON).unwrap_or_else(|error| unreachable!("an embedded layout: {error}"));
        common
            .places
            .iter_mut()
            .for_each(|place| place.telling = false);
        common
    });
    let mut layout = parse_alone(text)?;
    let own = layout.places.len();
    for place in &COMMON_LAYOUT.places {
        if !layout.places[..own]
            .iter()
            .any(|other| other.path == place.path)
        {
            layout.places.push(place.clone());
        }
    }
    layout
        .accounts
        .users
        .extend(COMMON_LAYOUT.accounts.users.iter().cloned());
    layout
        .accounts
        .groups
        .extend(COMMON_LAYOUT.accounts.groups.iter().cloned());
    layout.mounts.extend(COMMON_LAYOUT.mounts.iter().cloned());
    layout
        .telling_folders
        .extend(COMMON_LAYOUT.telling_folders.iter().cloned());
    if !layout.folders.is_empty() {
        layout.folders.extend(COMMON_LAYOUT.folders.iter().cloned());
    }
    Ok(layout)
}

fn parse_alone(text: &str) -> Result<Layout, LayoutError> {
    let value = yaml::value(text).map_err(|error| LayoutError::Yaml(error.to_string()))?;
    let text: Text =
        serde_yaml::from_value(value).map_err(|error| LayoutError::Yaml(error.to_string()))?;
    check_names(&text)?;
    let own = Some(text.base.clone()).filter(|base| base != "/");
    let mounts = text
        .mounts
        .unwrap_or_else(|| own.iter().chain(&text.folders).cloned().collect());
    let telling_folders = text
        .telling_folders
        .unwrap_or_else(|| own.into_iter().collect());
    for path in text
        .folders
        .iter()
        .chain(&mounts)
        .chain(&telling_folders)
        .chain([&text.base])
    {
        check_path(path)?;
    }
    let mut places = Vec::new();
    for place in &text.places {
        read_place(place, &mut places)?;
    }
    let title = text.title.unwrap_or_else(|| text.name.clone());
    Ok(Layout {
        name: text.name,
        title,
        preference: text.preference,
        fallback: text.fallback,
        base: text.base,
        folders: text.folders,
        mounts,
        telling_folders,
        lifetime_days: text.lifetime_days,
        places,
        setup: text.setup,
        programs: text.programs,
        keeper: text.keeper,
        api_server: text.api_server,
        authorities: text.authorities,
        renews_itself: text.renews_itself,
        also_kept: text.also_kept,
        accounts: text.accounts,
    })
}

/// The layout's own name and those of its programs.
fn check_names(text: &Text) -> Result<(), LayoutError> {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.name.is_empty() || !text.name.chars().all(word) {
        return Err(LayoutError::Name(text.name.clone()));
    }
    // A component's own name would make every process of it the distribution's, an empty one every
    // unit.
    let is_component = |name: &str| {
        Component::ALL
            .iter()
            .any(|component| component.as_str() == name)
    };
    let wrong = text
        .programs
        .iter()
        .find(|name| name.is_empty() || is_component(name));
    wrong.map_or(Ok(()), |program| Err(LayoutError::Program(program.clone())))
}

fn read_place(text: &TextPlace, places: &mut Vec<Place>) -> Result<(), LayoutError> {
    let roles: Vec<&'static Role> = text
        .roles
        .iter()
        .map(|name| {
            role(name).ok_or_else(|| LayoutError::UnknownRole {
                path: text.path.clone(),
                role: name.clone(),
            })
        })
        .collect::<Result<_, _>>()?;
    for path in spread(&text.path) {
        check_path(&path)?;
        let part = text
            .part
            .or_else(|| part_by_ending(&path))
            .ok_or_else(|| LayoutError::Part(path.clone()))?;
        let (roles, setup) = (roles.clone(), text.setup.clone());
        let telling = setup.as_ref().is_none_or(|setup| setup.only_with.is_none());
        places.push(Place {
            path,
            roles,
            part,
            in_use: text.in_use,
            telling,
            setup,
        });
    }
    Ok(())
}

fn check_path(path: &str) -> Result<(), LayoutError> {
    let good = path.starts_with('/')
        && !path.split('/').any(|segment| segment == "..")
        && !path.contains(['{', '}']);
    if good {
        Ok(())
    } else {
        Err(LayoutError::Path(path.to_owned()))
    }
}

/// `a.{b,c}` as `a.b`, `a.c`; several groups are multiplied. Braces that do not close stay, and are
/// refused later.
fn spread(path: &str) -> Vec<String> {
    let group = path
        .find('{')
        .and_then(|open| path[open..].find('}').map(|length| (open, open + length)));
    let Some((open, close)) = group else {
        return vec![path.to_owned()];
    };
    let rest = spread(&path[close + 1..]);
    path[open + 1..close]
        .split(',')
        .flat_map(|choice| {
            rest.iter()
                .map(move |tail| format!("{}{choice}{tail}", &path[..open]))
        })
        .collect()
}

fn part_by_ending(path: &str) -> Option<PlacePart> {
    let name = path.rsplit('/').next()?;
    Some(match name.rsplit_once('.')?.1 {
        _ if name.ends_with("-key.pem") => PlacePart::Key,
        "crt" | "pem" => PlacePart::Certificate,
        "key" => PlacePart::Key,
        "pub" => PlacePart::PublicKey,
        "srl" => PlacePart::Serial,
        "csr" => PlacePart::Request,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_layout_is_a_clear_error() {
        let place = |place: &str| format!("name: mine\nbase: /srv\nplaces:\n- {place}\n");
        for (text, expected) in [
            (
                place("{path: /srv/ca.crt, roles: [ka]}"),
                "/srv/ca.crt: there is no role \"ka\"",
            ),
            (
                place("{path: srv/ca.crt, roles: [ca]}"),
                "\"srv/ca.crt\" is not an absolute path without \"..\"",
            ),
            (
                place("{path: /srv/../ca.crt, roles: [ca]}"),
                "\"/srv/../ca.crt\" is not an absolute path without \"..\"",
            ),
            (
                place("{path: '/srv/{ca.crt', roles: [ca]}"),
                "\"/srv/{ca.crt\" is not an absolute path without \"..\"",
            ),
            (
                place("{path: /srv/ca, roles: [ca]}"),
                "/srv/ca: say which `part` lies there, its ending does not",
            ),
            (
                "name: My Own\nbase: /srv\nplaces: []\n".to_owned(),
                "\"My Own\" is no name for a layout: use lower-case letters, digits and dashes",
            ),
            (
                "name: mine\nbase: /srv\nprograms: [mined, kubelet]\nplaces: []\n".to_owned(),
                "\"kubelet\" is no program of a distribution: it has a name of its own",
            ),
        ] {
            assert_eq!(
                parse(&text).map_err(|error| error.to_string()),
                Err(expected.to_owned()),
                "{text}"
            );
        }
        for text in [
            "",
            "[]",
            "name: x",
            "name: x\nbase: /\nplaces: []\nplaecs: []\n",
            "a: [",
            "\0",
        ] {
            assert!(matches!(parse(text), Err(LayoutError::Yaml(_))), "{text:?}");
        }
    }

    #[test]
    fn an_own_layout_has_the_common_places() {
        let layout = parse(
            "name: mine\nbase: /srv/pki\nfolders: [/srv/pki]\nplaces:\n- {path: '/srv/{a,b}/{c.crt,d.key}', roles: [ca]}\n",
        );
        let layout = layout.as_ref();
        let own: Vec<_> = layout
            .into_iter()
            .flat_map(|layout| &layout.places)
            .filter(|place| place.telling)
            .collect();
        let paths: Vec<_> = own
            .iter()
            .map(|place| (place.path.as_str(), place.part))
            .collect();
        assert_eq!(
            paths,
            [
                ("/srv/a/c.crt", PlacePart::Certificate),
                ("/srv/a/d.key", PlacePart::Key),
                ("/srv/b/c.crt", PlacePart::Certificate),
                ("/srv/b/d.key", PlacePart::Key)
            ]
        );
        assert!(layout.is_ok_and(|layout| layout.places_of("/root/.kube/config").count() == 1));
    }
}
