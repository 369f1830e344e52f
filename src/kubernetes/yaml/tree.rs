//! A document that keeps equal keys, which serde_yaml's own value refuses.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{Mapping, Value};

use super::{text_of, wipe};

/// A document that keeps equal keys.
pub(super) enum YamlTree {
    Leaf(Value),
    List(Vec<Self>),
    Map(Vec<(Value, Self)>),
}

impl YamlTree {
    pub(super) fn into_value(self, path: &str, doubles: &mut Vec<String>) -> Value {
        match self {
            Self::Leaf(value) => value,
            Self::List(items) => Value::Sequence(
                items
                    .into_iter()
                    .enumerate()
                    .map(|(index, item)| item.into_value(&format!("{path}[{index}]"), doubles))
                    .collect(),
            ),
            Self::Map(fields) => {
                let mut map = Mapping::new();
                for (key, value) in fields {
                    let name = text_of(&key).unwrap_or_default();
                    let path = if path.is_empty() {
                        name
                    } else {
                        format!("{path}.{name}")
                    };
                    let value = value.into_value(&path, doubles);
                    if let Some(mut before) = map.insert(key, value) {
                        wipe(&mut before);
                        doubles.push(path);
                    }
                }
                Value::Mapping(map)
            }
        }
    }
}

impl<'de> Deserialize<'de> for YamlTree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = YamlTree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML without tags")
    }

    fn visit_unit<E>(self) -> Result<YamlTree, E> {
        Ok(YamlTree::Leaf(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<YamlTree, E> {
        Ok(YamlTree::Leaf(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<YamlTree, E> {
        Ok(YamlTree::Leaf(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<YamlTree, E> {
        Ok(YamlTree::Leaf(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<YamlTree, E> {
        Ok(YamlTree::Leaf(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<YamlTree, E> {
        Ok(YamlTree::Leaf(value.into()))
    }

    fn visit_string<E>(self, value: String) -> Result<YamlTree, E> {
        Ok(YamlTree::Leaf(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<YamlTree, A::Error> {
        let mut found = Vec::new();
        while let Some(item) = items.next_element()? {
            found.push(item);
        }
        Ok(YamlTree::List(found))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<YamlTree, A::Error> {
        let mut found = Vec::new();
        while let Some(field) = fields.next_entry()? {
            found.push(field);
        }
        Ok(YamlTree::Map(found))
    }
}
