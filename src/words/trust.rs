//! How systems learn to know a CA. Sources: update-ca-certificates(8) of Debian, update-ca-trust(8)
//! of Fedora and RHEL, certutil of Windows, security(1) of macOS, keytool of the JDK.

use crate::pki::text::quoted;

/// What a user of a browser must know first.
pub const BROWSERS: &str = "browsers do not know this CA";

/// One sort of system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Debian, Ubuntu and their like.
    Debian,
    /// Fedora, RHEL and their like.
    RedHat,
    /// Windows.
    Windows,
    /// macOS.
    MacOs,
    /// A Java runtime, which looks at no system's store.
    Java,
}

impl System {
    /// Every one.
    pub const ALL: [Self; 5] = [
        Self::Debian,
        Self::RedHat,
        Self::Windows,
        Self::MacOs,
        Self::Java,
    ];

    /// As people call it, with who runs the lines.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Debian => "Debian, Ubuntu (as root)",
            Self::RedHat => "RHEL, Fedora (as root)",
            Self::Windows => "Windows (as administrator)",
            Self::MacOs => "macOS",
            Self::Java => "Java (as the owner of the runtime)",
        }
    }

    /// The lines that make it know the CA in `file`, which lies in the current folder, by `name`: a
    /// word of letters, digits, dots and dashes.
    pub fn lines(self, file: &str, name: &str) -> Vec<String> {
        let file = quoted(file);
        let name = quoted(name);
        match self {
            Self::Debian => vec![
                format!("install -m 0644 {file} /usr/local/share/ca-certificates/{name}.crt"),
                "update-ca-certificates".to_owned(),
            ],
            Self::RedHat => vec![
                format!("install -m 0644 {file} /etc/pki/ca-trust/source/anchors/{name}.crt"),
                "update-ca-trust extract".to_owned(),
            ],
            Self::Windows => vec![format!("certutil -addstore -f Root {file}")],
            Self::MacOs => vec![format!(
                "sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain {file}"
            )],
            Self::Java => vec![format!(
                "keytool -importcert -noprompt -cacerts -storepass changeit -alias {name} -file {file}"
            )],
        }
    }
}

/// The page that goes with a server's certificate, in Markdown. `file` is the CA's, beside the page;
/// `authority` is what the CA calls itself.
pub fn page(file: &str, name: &str, authority: &str) -> String {
    let head = format!(
        "# Who shall trust this server must know its CA\n\n{}: each system below learns it once. Whoever does so trusts \
         everything that \"{authority}\" signs, not this server alone. Firefox on Linux has a store of its own (Settings, \
         Certificates, Authorities); on Windows and macOS it reads the system's.\n\nCompare the fingerprint by another way than \
         the one by which the file came: `openssl x509 -noout -fingerprint -sha256 -in {}`\n",
        super::capitalized(BROWSERS),
        quoted(file)
    );
    let systems = System::ALL.map(|system| {
        let lines = system.lines(file, name).join("\n");
        format!("\n## {}\n\n```sh\n{lines}\n```\n", system.title())
    });
    head + &systems.concat()
}
