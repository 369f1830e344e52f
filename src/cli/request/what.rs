//! WHAT, where it is a request: on the master, in another file, or given.

use crate::cli::arguments::Global;
use crate::cli::failure::Failure;
use crate::cli::input::absolute;
use crate::cli::master::Master;
use crate::cli::show::{INPUT, input};
use crate::inventory::RequestItem;
use crate::plan::{AskedRequest, RequestSource};

/// The one request that is meant.
pub(super) fn asked(global: &Global, master: &Master, what: &str) -> Result<AskedRequest, Failure> {
    if what == INPUT {
        let mut given = input::standard_input(global)?;
        let item = only(&given.master.inventory.requests, what)?;
        let item = item.ok_or_else(|| no_request("standard input"))?.clone();
        let text = given.objects.remove(&item.path).unwrap_or_default();
        return Ok(AskedRequest {
            item,
            source: RequestSource::Given(text),
        });
    }
    let paths = master.paths_of(what);
    let requests = &master.inventory.requests;
    let is_it = |one: &&RequestItem| {
        *one.id == *what || one.name == what || paths.iter().any(|path| *path == *one.path)
    };
    let found: Vec<RequestItem> = requests.iter().filter(is_it).cloned().collect();
    if let Some(item) = only(&found, what)? {
        return Ok(AskedRequest {
            item: item.clone(),
            source: RequestSource::Master,
        });
    }
    if let Some((path, _)) = what.rsplit_once('#')
        && let Some(file) = input::file(global, path)?
    {
        let requests = file.master.inventory.requests.iter();
        let mut found = requests.filter(|one| *one.id == *what);
        let item = found.next().ok_or_else(|| no_request(what))?;
        return Ok(AskedRequest {
            item: item.clone(),
            source: RequestSource::Local(absolute(path)?),
        });
    }
    let file = input::file(global, what)?.ok_or_else(|| {
        Failure::usage(format!("nothing here is called {what:?}"))
            .because("it is no request's id, name or path, and no file")
    })?;
    let item = only(&file.master.inventory.requests, what)?;
    Ok(AskedRequest {
        item: item.ok_or_else(|| no_request(what))?.clone(),
        source: RequestSource::Local(absolute(what)?),
    })
}

/// The one of several; `None` of none.
fn only<'a>(found: &'a [RequestItem], what: &str) -> Result<Option<&'a RequestItem>, Failure> {
    match found {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        more => {
            let candidates = more.iter().map(|one| format!("{} in {}", one.id, one.path));
            Err(Failure::usage(format!("{what:?} is ambiguous"))
                .because_all(candidates)
                .hint("take one of these ids or paths"))
        }
    }
}

fn no_request(name: &str) -> Failure {
    Failure::usage(format!("there is no request in {name}"))
        .because("a PKCS#10 (PEM, DER) or a CertificateSigningRequest is meant")
}
