//! Where things lie in the text of a kubeconfig.

use std::ops::Range;

use yaml_edit::{AnchorRegistry, Document, Mapping, YamlFile, YamlNode};

use super::{Edit, EditError};

/// A text and the tree of it.
pub(super) struct Tree<'a> {
    text: &'a str,
    document: Document,
    anchors: AnchorRegistry,
}

/// Where the fields of an entry lie.
pub(super) enum Fields {
    /// One below the other. Never empty.
    Block(Vec<Field>),
    /// In braces.
    Flow {
        /// With the braces.
        range: Range<usize>,
        fields: Vec<Field>,
    },
    /// Nothing at all stands where they belong, or a null.
    Null(Range<usize>),
}

/// A field.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) key: Range<usize>,
    pub(super) value: Range<usize>,
    /// False where it is a list or more fields.
    pub(super) is_scalar: bool,
}

impl Fields {
    pub(super) fn list(&self) -> &[Field] {
        match self {
            Self::Block(fields) | Self::Flow { fields, .. } => fields,
            Self::Null(_) => &[],
        }
    }

    /// The field of this name; of two the last, as kubectl takes it.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.list().iter().rposition(|field| field.name == name)
    }
}

impl<'a> Tree<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let parsed = YamlFile::parse(text);
        let document = parsed.tree().document().filter(|_| parsed.ok())?;
        Some(Self {
            anchors: AnchorRegistry::from_document(&document),
            document,
            text,
        })
    }

    /// Where the fields of the edit's entry lie, aliases followed.
    pub(super) fn fields(&self, edit: &Edit) -> Result<Fields, EditError> {
        let (list, field, index) = edit.entry.path();
        let missing = || EditError::NoEntry(edit.entry);
        let root = self.document.as_mapping().ok_or_else(missing)?;
        let list = self.last(&root, list).ok_or_else(missing)?;
        let list = match &list {
            YamlNode::Sequence(list) => list.clone(),
            YamlNode::TaggedNode(tagged) => tagged.as_sequence().ok_or_else(missing)?,
            _ => return Err(missing()),
        };
        let entry = list
            .values()
            .filter_map(|node| self.mapping(node))
            .nth(index)
            .ok_or_else(missing)?;
        let key = entry
            .find_all_entries_by_key(field)
            .last()
            .and_then(|entry| entry.key_node())
            .ok_or_else(missing)?;
        let fields = self.last(&entry, field).ok_or_else(missing)?;
        match self.mapping(fields.clone()) {
            Some(mapping) => self
                .read(&mapping)
                .ok_or_else(|| edit.form("a key is no text")),
            None if fields.is_scalar() => Ok(Fields::Null(self.behind(&range(&key), &fields))),
            None => Err(missing()),
        }
    }

    fn read(&self, mapping: &Mapping) -> Option<Fields> {
        let mut fields = Vec::new();
        for entry in mapping.entries() {
            let (key, value) = (entry.key_node()?, entry.value_node()?);
            let key_range = range(&key);
            let name = key.as_scalar()?.as_string();
            let (value, is_scalar) = match value {
                // What a tag says stays.
                YamlNode::TaggedNode(tagged) => tagged
                    .value()
                    .map_or((YamlNode::TaggedNode(tagged), false), |value| {
                        (YamlNode::Scalar(value), true)
                    }),
                YamlNode::Alias(alias) => {
                    let is_scalar = self
                        .anchors
                        .resolve_alias(&alias)
                        .is_ok_and(|node| node.is_scalar());
                    (YamlNode::Alias(alias), is_scalar)
                }
                value => {
                    let is_scalar = value.is_scalar();
                    (value, is_scalar)
                }
            };
            fields.push(Field {
                name,
                value: self.behind(&key_range, &value),
                key: key_range,
                is_scalar,
            });
        }
        Some(if mapping.is_flow_style() {
            Fields::Flow {
                range: range(&YamlNode::Mapping(mapping.clone())),
                fields,
            }
        } else {
            Fields::Block(fields)
        })
    }

    /// Where a value lies. One that is not there would stand right behind the colon.
    fn behind(&self, key: &Range<usize>, value: &YamlNode) -> Range<usize> {
        let range = range(value);
        match self.text[key.end..].find(':') {
            Some(colon) if range.is_empty() => key.end + colon + 1..key.end + colon + 1,
            _ => range,
        }
    }

    /// The value of a key, aliases followed; of two equal keys that of the last.
    fn last(&self, mapping: &Mapping, key: &str) -> Option<YamlNode> {
        self.resolved(mapping.find_all_entries_by_key(key).last()?.value_node()?)
    }

    fn mapping(&self, node: YamlNode) -> Option<Mapping> {
        match self.resolved(node)? {
            YamlNode::Mapping(mapping) => Some(mapping),
            YamlNode::TaggedNode(tagged) => tagged.as_mapping(),
            _ => None,
        }
    }

    fn resolved(&self, node: YamlNode) -> Option<YamlNode> {
        match node {
            YamlNode::Alias(alias) => self.anchors.resolve_alias(&alias).ok(),
            node => Some(node),
        }
    }
}

fn range(node: &YamlNode) -> Range<usize> {
    let range = node.byte_range();
    range.start as usize..range.end as usize
}
