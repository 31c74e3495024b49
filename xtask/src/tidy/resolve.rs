//! Finds the module that defines what a path means. Re-exports and globs are followed; a path out of the crate means nothing.

use super::modules::CrateModules;

/// Most imports that one name may pass through.
const HOPS: usize = 16;

/// An item, and the module that defines it.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) module: Vec<String>,
    pub(super) item: String,
}

enum Meaning {
    Module(Vec<String>),
    Item(Definition),
}

impl CrateModules {
    /// The definition that `path` leads to when it is written in the module `from`. A module by itself is no item.
    pub(super) fn definition(&self, from: &[String], path: &[String]) -> Option<Definition> {
        match self.meaning(from, path, HOPS)? {
            Meaning::Item(definition) => Some(definition),
            Meaning::Module(_) => None,
        }
    }

    fn meaning(&self, from: &[String], path: &[String], hops: usize) -> Option<Meaning> {
        let (first, mut rest) = path.split_first()?;
        let mut meaning = match first.as_str() {
            "crate" => Meaning::Module(Vec::new()),
            "self" => Meaning::Module(from.to_vec()),
            "super" => {
                let (_, mut parent) = from.split_last()?;
                while let Some((_, further)) = rest.split_first().filter(|(name, _)| *name == "super") {
                    (_, parent) = parent.split_last()?;
                    rest = further;
                }
                Meaning::Module(parent.to_vec())
            }
            name => self.lookup(from, name, hops)?,
        };
        for name in rest {
            meaning = match meaning {
                Meaning::Module(module) => self.lookup(&module, name, hops).unwrap_or_else(|| {
                    // A macro has made the item, so the name is not in the source.
                    Meaning::Item(Definition { module, item: name.clone() })
                }),
                // The next segment is a variant or an associated item.
                Meaning::Item(_) => break,
            };
        }
        Some(meaning)
    }

    /// The meaning of a name in a module.
    fn lookup(&self, module: &[String], name: &str, hops: usize) -> Option<Meaning> {
        let hops = hops.checked_sub(1)?;
        let child: Vec<String> = module.iter().cloned().chain([name.to_owned()]).collect();
        if self.modules.contains_key(&child) {
            return Some(Meaning::Module(child));
        }
        let names = self.modules.get(module)?;
        if names.defined.contains(name) {
            return Some(Meaning::Item(Definition { module: module.to_vec(), item: name.to_owned() }));
        }
        if let Some(path) = names.imports.get(name) {
            return self.meaning(module, path, hops);
        }
        names.globs.iter().find_map(|glob| match self.meaning(module, glob, hops)? {
            Meaning::Module(target) => self.lookup(&target, name, hops),
            Meaning::Item(_) => None,
        })
    }
}
