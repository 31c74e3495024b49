//! Checks that a type name means one thing in the workspace, tests included.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use syn::visit::{self, Visit};

use super::sources;

/// A fault for each name that several types share, with their places.
pub(super) fn shared(root: &Path) -> Result<Vec<String>> {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for folder in ["crates", "xtask/src"] {
        for path in sources(&root.join(folder))? {
            let shown = path.strip_prefix(root)?.display().to_string();
            for (name, line) in type_names(&std::fs::read_to_string(&path)?).with_context(|| shown.clone())? {
                places.entry(name).or_default().push(format!("{shown}:{line}"));
            }
        }
    }
    let shared = places.into_iter().filter(|(_, places)| places.len() > 1);
    Ok(shared.map(|(name, places)| format!("the name {name} means several types: {}", places.join(", "))).collect())
}

/// Names of structs, enums, unions, traits and type aliases with their lines. Associated types are no names of their own.
fn type_names(source: &str) -> Result<Vec<(String, usize)>> {
    let mut collector = TypeCollector::default();
    collector.visit_file(&syn::parse_file(source)?);
    Ok(collector.0.into_iter().map(|name| (name.to_string(), name.span().start().line)).collect())
}

#[derive(Default)]
struct TypeCollector(Vec<syn::Ident>);

impl<'ast> Visit<'ast> for TypeCollector {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let name = match item {
            syn::Item::Enum(item) => Some(&item.ident),
            syn::Item::Struct(item) => Some(&item.ident),
            syn::Item::Trait(item) => Some(&item.ident),
            syn::Item::Type(item) => Some(&item.ident),
            syn::Item::Union(item) => Some(&item.ident),
            _ => None,
        };
        self.0.extend(name.cloned());
        visit::visit_item(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found_at_any_depth() {
        let source =
            "struct A;\nmod m { enum B {} }\nfn f() { type C = u8; }\nimpl T for A { type D = u8; }\ntrait T { type D; }";
        let names: Vec<String> = type_names(source).unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["A", "B", "C", "T"]);
    }
}
