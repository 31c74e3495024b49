//! Finds cycles between the modules of one crate, with the lines that tie them.
//!
//! The rule: the children of a module, each with all that is below it, use one another in one direction only. A child that
//! uses its parent's type while the parent calls the child is the `impl` pattern: `cargo xtask tidy --strict` lists it.
//!
//! Limits: a call of a method names no path, so the file that holds an `impl` is not seen from its callers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};

use super::modules::{CrateModules, Sources};

/// Cycles of today, to be emptied. One that is gone must leave this list.
pub(super) const KNOWN: &[&str] = &[];

/// A file needs an item that another file defines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    from: Vec<String>,
    to: Vec<String>,
    item: String,
    line: usize,
}

/// Modules that all reach each other.
pub(super) struct Cycle {
    /// `crate::parent: child, child`.
    pub(super) name: String,
    /// `file:line -> file: item`.
    pub(super) edges: Vec<String>,
}

/// The edges that form a cycle.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    /// Between the children of one module.
    Siblings,
    /// Between all files, parents and children among them.
    Files,
}

/// The cycles in the crate whose sources are in `folder`.
pub(super) fn cycles_in(folder: &Path, strictness: Strictness) -> Result<Vec<Cycle>> {
    let mut sources = Sources::new();
    for path in super::sources(folder)? {
        let name = path.strip_prefix(folder)?.display().to_string();
        sources.insert(name, std::fs::read_to_string(&path)?);
    }
    let name = folder.parent().and_then(Path::file_name).context("a crate has a name")?;
    cycles(&name.to_string_lossy(), &sources, strictness)
}

fn cycles(name: &str, sources: &Sources, strictness: Strictness) -> Result<Vec<Cycle>> {
    let modules = CrateModules::parse(sources)?;
    let edges = edges(&modules);
    // For each parent: its children, and the edges between them.
    let mut graphs: BTreeMap<Vec<String>, Graph<'_>> = BTreeMap::new();
    for edge in &edges {
        let shared = edge.from.iter().zip(&edge.to).take_while(|(from, to)| from == to).count();
        let (parent, ends) = match strictness {
            Strictness::Siblings if shared == edge.from.len() || shared == edge.to.len() => continue,
            Strictness::Siblings => (&edge.from[..shared], [edge.from[shared].clone(), edge.to[shared].clone()]),
            Strictness::Files => (&[][..], [modules.files[&edge.from].clone(), modules.files[&edge.to].clone()]),
        };
        graphs.entry(parent.to_vec()).or_default().entry(ends).or_default().push(edge);
    }
    let shown =
        |edge: &&Edge| format!("{}:{} -> {}: {}", modules.files[&edge.from], edge.line, modules.files[&edge.to], edge.item);
    let mut found = Vec::new();
    for (parent, graph) in &graphs {
        for component in components(graph) {
            let parent: Vec<&str> = [name].into_iter().chain(parent.iter().map(String::as_str)).collect();
            let members: Vec<&str> = component.iter().map(|member| member.as_str()).collect();
            let ties = graph.iter().filter(|(ends, _)| ends.iter().all(|end| component.contains(end)));
            let edges = ties.flat_map(|(_, edges)| edges.iter().map(shown)).collect();
            found.push(Cycle { name: format!("{}: {}", parent.join("::"), members.join(", ")), edges });
        }
    }
    Ok(found)
}

/// Edges by their two ends.
type Graph<'a> = BTreeMap<[String; 2], Vec<&'a Edge>>;

/// Each edge between two files once, at its first line.
fn edges(modules: &CrateModules) -> Vec<Edge> {
    let mut first: BTreeMap<(Vec<String>, Vec<String>, String), usize> = BTreeMap::new();
    for (path, module) in &modules.modules {
        for mention in &module.mentions {
            let of_macro = mention.path.first().and_then(|name| modules.macros.get(name));
            let paths = of_macro.map_or(std::slice::from_ref(&mention.path), Vec::as_slice);
            for definition in paths.iter().filter_map(|needed| modules.definition(path, needed)) {
                let Some(target) = modules.modules.get(&definition.module) else { continue };
                if target.owner != module.owner {
                    let line = first.entry((module.owner.clone(), target.owner.clone(), definition.item)).or_insert(mention.line);
                    *line = mention.line.min(*line);
                }
            }
        }
    }
    first.into_iter().map(|((from, to, item), line)| Edge { from, to, item, line }).collect()
}

/// Groups of nodes that all reach each other, of two nodes or more.
fn components<'a>(graph: &'a Graph<'_>) -> Vec<BTreeSet<&'a String>> {
    let nodes: BTreeSet<&String> = graph.keys().flatten().collect();
    let reach: BTreeMap<&String, BTreeSet<&String>> = nodes.iter().map(|node| (*node, reachable(graph, node))).collect();
    let mut found: BTreeSet<BTreeSet<&String>> = BTreeSet::new();
    for node in nodes {
        let component: BTreeSet<&String> = reach[node].iter().copied().filter(|other| reach[*other].contains(node)).collect();
        if component.len() > 1 {
            found.insert(component);
        }
    }
    found.into_iter().collect()
}

fn reachable<'a>(graph: &'a Graph<'_>, start: &String) -> BTreeSet<&'a String> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![start];
    while let Some(node) = waiting.pop() {
        for [_, to] in graph.keys().filter(|[from, _]| from == node) {
            if found.insert(to) {
                waiting.push(to);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
