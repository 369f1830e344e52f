//! Bootstrap tokens and token files.

use serde_yaml::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::Zeroizing;

use super::kubeconfig::Token;
use super::yaml;

/// The group of every bootstrap token's user.
pub const BOOTSTRAPPERS: &str = "system:bootstrappers";

/// The id of a bootstrap token `id.secret` (cluster-bootstrap token/api/types.go, BootstrapTokenPattern).
pub fn token_id(token: &str) -> Option<&str> {
    let (id, secret) = token.split_once('.')?;
    (is_word(id, 6) && is_word(secret, 16)).then_some(id)
}

fn is_word(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// A line of a token file (`--token-auth-file`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenLine {
    /// Counted from 1.
    pub line: u32,
    /// The token, kept to be compared.
    pub token: Token,
    /// Who comes with it.
    pub user: String,
    /// The user's uid; it has no meaning for RBAC.
    pub uid: String,
    /// The groups that come with it.
    pub groups: Vec<String>,
}

/// A token file as the API server reads it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenFile {
    /// The lines that count, in order.
    pub lines: Vec<TokenLine>,
    /// What the API server stumbles over: line and sentence, never a token.
    pub faults: Vec<(u32, &'static str)>,
}

impl TokenFile {
    /// The user that a token stands for. Of two lines with one token the last counts (tokenfile.go).
    pub fn user_of(&self, token: &Token) -> Option<&TokenLine> {
        self.lines.iter().rev().find(|line| line.token == *token)
    }
}

/// The lines of a token file that count.
pub fn token_lines(text: &str) -> Vec<TokenLine> {
    token_file(text).lines
}

/// Reads a token file: CSV of token, user, uid and, quoted, the groups (apiserver tokenfile.go).
pub fn token_file(text: &str) -> TokenFile {
    let mut file = TokenFile::default();
    for (line, record) in records(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        let Some(mut fields) = record else {
            file.faults.push((line, "a quote is not where CSV allows one: the API server does not start"));
            continue;
        };
        let (true, Some([token, user, uid])) = (fields.len() >= 3, fields.first_chunk_mut::<3>()) else {
            file.faults.push((line, "there are fewer than three columns: the API server does not start"));
            continue;
        };
        if token.is_empty() {
            file.faults.push((line, "the token is empty: the line is passed over"));
            continue;
        }
        let read = TokenLine {
            line,
            token: Token::new(token),
            user: user.to_string(),
            uid: uid.to_string(),
            groups: fields.get(3).map(|groups| groups.split(',').map(str::to_owned).collect()).unwrap_or_default(),
        };
        if fields.len() > 4 {
            file.faults.push((line, "there are more than four columns: groups must stand in one, quoted"));
        }
        if file.lines.iter().any(|other| other.token == read.token) {
            file.faults.push((line, "the token stands in an earlier line too: this one counts"));
        }
        file.lines.push(read);
    }
    file
}

/// Lines that one record may take beyond its first.
const LONGEST_RECORD: usize = 16;

type Record = Vec<Zeroizing<String>>;

/// The records of a CSV text with the lines where they begin; `None` where the quotes are wrong (RFC 4180, Go's
/// encoding/csv).
fn records(text: &str) -> Vec<(u32, Option<Record>)> {
    let mut found = Vec::new();
    let mut lines = (1u32..).zip(text.lines()).peekable();
    while let Some((start, first)) = lines.next() {
        if first.is_empty() {
            continue;
        }
        let mut record = Zeroizing::new(first.to_owned());
        let mut read = fields(&record);
        // A quoted field may hold line breaks; one that never closes must not be read over and over.
        for _ in 0..LONGEST_RECORD {
            let (Err(QuoteFault::Open), Some((_, next))) = (&read, lines.peek()) else { break };
            record.push('\n');
            record.push_str(next);
            read = fields(&record);
            lines.next();
        }
        found.push((start, read.ok()));
    }
    found
}

enum QuoteFault {
    /// A quoted field does not end.
    Open,
    /// A quote stands where none may.
    Misplaced,
}

fn fields(record: &str) -> Result<Record, QuoteFault> {
    let mut fields = Vec::new();
    let mut rest = record;
    loop {
        let (field, tail) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted_field(quoted).ok_or(QuoteFault::Open)?
        } else {
            let (field, tail) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
            if field.contains('"') {
                return Err(QuoteFault::Misplaced);
            }
            (Zeroizing::new(field.to_owned()), tail)
        };
        fields.push(field);
        match tail.strip_prefix(',') {
            Some(next) => rest = next,
            None if tail.is_empty() => return Ok(fields),
            None => return Err(QuoteFault::Misplaced),
        }
    }
}

/// A field after its opening quote, and what follows the closing one. `""` is a quote.
fn quoted_field(mut rest: &str) -> Option<(Zeroizing<String>, &str)> {
    let mut field = Zeroizing::new(String::new());
    loop {
        let (part, tail) = rest.split_once('"')?;
        field.push_str(part);
        match tail.strip_prefix('"') {
            Some(next) => {
                field.push('"');
                rest = next;
            }
            None => return Some((field, tail)),
        }
    }
}

/// A bootstrap token as its Secret has it (`kube-system/bootstrap-token-<id>`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootstrapToken {
    /// The public half.
    pub id: String,
    /// `id.secret`, kept to be compared.
    pub token: Token,
    /// description; empty where not set.
    pub description: String,
    /// expiration; `None`: never.
    pub expires: Option<OffsetDateTime>,
    /// usage-bootstrap-authentication: it lets in.
    pub authentication: bool,
    /// usage-bootstrap-signing: it signs `kube-public/cluster-info`.
    pub signing: bool,
    /// The groups of its user, `system:bootstrappers` first.
    pub groups: Vec<String>,
    /// What is wrong with it; never a token.
    pub faults: Vec<&'static str>,
}

impl BootstrapToken {
    /// The user that it stands for.
    pub fn user(&self) -> String {
        format!("system:bootstrap:{}", self.id)
    }
}

/// The bootstrap tokens among the objects of a YAML or JSON text; other objects are passed over.
pub fn tokens_from_yaml(text: &str) -> Result<Vec<BootstrapToken>, yaml::Error> {
    let mut found = Vec::new();
    for mut document in yaml::values(text)? {
        found.extend(yaml::objects(&document).into_iter().filter_map(bootstrap_token));
        yaml::wipe(&mut document);
    }
    Ok(found)
}

fn bootstrap_token(secret: &Value) -> Option<BootstrapToken> {
    let kind = secret.get("kind").and_then(Value::as_str);
    if kind != Some("Secret") || secret.get("type").and_then(Value::as_str) != Some("bootstrap.kubernetes.io/token") {
        return None;
    }
    let field = |name: &str| -> Option<Zeroizing<String>> {
        // stringData wins (Secret's conversion on write).
        if let Some(text) = secret.get("stringData").and_then(|data| data.get(name)).and_then(Value::as_str) {
            return Some(Zeroizing::new(text.to_owned()));
        }
        let encoded = secret.get("data")?.get(name)?.as_str()?;
        let bytes = super::kubeconfig::decode(encoded.as_bytes())?;
        std::str::from_utf8(&bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
    };
    let plain = |name: &str| field(name).map(|text| text.trim().to_owned());
    let id = plain("token-id").unwrap_or_default();
    let secret_half = field("token-secret").unwrap_or_default();
    let mut faults = Vec::new();
    let token = Zeroizing::new(format!("{id}.{}", secret_half.trim()));
    if token_id(&token).is_none() {
        faults.push("token-id or token-secret has not the form of a bootstrap token");
    }
    let name = secret.get("metadata").and_then(|metadata| metadata.get("name")).and_then(Value::as_str);
    if name != Some(&format!("bootstrap-token-{id}")) {
        faults.push("the Secret's name is not bootstrap-token-<token-id>: it is not looked up");
    }
    let expiration = plain("expiration");
    let expires = expiration.as_deref().and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
    if expiration.is_some() && expires.is_none() {
        faults.push("expiration is no RFC 3339 time: the token counts as expired");
    }
    let extra = plain("auth-extra-groups").unwrap_or_default();
    let extra = extra.split(',').filter(|group| !group.is_empty()).map(str::to_owned);
    Some(BootstrapToken {
        token: Token::new(&token),
        description: plain("description").unwrap_or_default(),
        expires,
        authentication: plain("usage-bootstrap-authentication").as_deref() == Some("true"),
        signing: plain("usage-bootstrap-signing").as_deref() == Some("true"),
        groups: [BOOTSTRAPPERS.to_owned()].into_iter().chain(extra).collect(),
        faults,
        id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_files_are_read_as_the_api_server_does() {
        let text = "\u{feff}8f1c,kubelet-bootstrap,10001,\"system:kubelet-bootstrap\"\r\n\n\
                    t2,admin,1,\"g1,g2\"\nt3,\"a \"\"b\"\"\",2\n,empty,3\nt4,short\nt5,bare\"quote,4\nt2,last,5\n\
                    t6,many,6,g1,g2\nt7,\"two\nlines\",7\n\"open";
        let file = token_file(text);
        let lines: Vec<_> = file
            .lines
            .iter()
            .map(|line| (line.line, line.user.as_str(), line.uid.as_str(), line.groups.join("+")))
            .collect();
        assert_eq!(
            lines,
            [
                (1, "kubelet-bootstrap", "10001", "system:kubelet-bootstrap".to_owned()),
                (3, "admin", "1", "g1+g2".to_owned()),
                (4, "a \"b\"", "2", String::new()),
                (8, "last", "5", String::new()),
                (9, "many", "6", "g1".to_owned()),
                (10, "two\nlines", "7", String::new()),
            ]
        );
        assert_eq!(file.faults.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [5, 6, 7, 8, 9, 12]);
        assert_eq!(file.user_of(&Token::new("t2")).map(|line| line.user.as_str()), Some("last"));
        assert_eq!(file.user_of(&Token::new("none")), None);
        assert!(!format!("{file:?}").contains("8f1c"));
    }

    #[test]
    fn bootstrap_tokens_have_a_form() {
        for (token, expected) in [
            ("abcdef.0123456789abcdef", Some("abcdef")),
            ("abcdef.0123456789abcde", None),
            ("Abcdef.0123456789abcdef", None),
            ("abcdef.0123456789abcdef\n", None),
            ("абв.0123456789abcdef", None),
            ("", None),
        ] {
            assert_eq!(token_id(token), expected, "{token}");
        }
    }

    #[test]
    fn secrets_are_read() -> Result<(), yaml::Error> {
        let text = "apiVersion: v1\nkind: Secret\ntype: bootstrap.kubernetes.io/token\nmetadata:\n  name: \
                    bootstrap-token-07401b\n  namespace: kube-system\nstringData:\n  token-id: 07401b\n  token-secret: \
                    f395accd246ae52d\n  expiration: 2027-03-10T03:22:11Z\n  usage-bootstrap-authentication: \"true\"\n  \
                    auth-extra-groups: system:bootstrappers:kubeadm:default-node-token\n---\nkind: ConfigMap\n---\n\
                    kind: List\nitems:\n- kind: Secret\n  type: bootstrap.kubernetes.io/token\n  data: {token-id: YWJjZGVm, \
                    expiration: eA==}\n";
        let tokens = tokens_from_yaml(text)?;
        assert_eq!(tokens.len(), 2);
        assert_eq!(tokens[0].user(), "system:bootstrap:07401b");
        assert_eq!(tokens[0].groups, [BOOTSTRAPPERS, "system:bootstrappers:kubeadm:default-node-token"]);
        assert!(tokens[0].authentication && !tokens[0].signing && tokens[0].faults.is_empty());
        assert_eq!(tokens[0].expires.map(OffsetDateTime::year), Some(2027));
        assert!(tokens[0].token.is("07401b.f395accd246ae52d"));
        assert_eq!((tokens[1].id.as_str(), tokens[1].faults.len()), ("abcdef", 3));
        Ok(())
    }
}
