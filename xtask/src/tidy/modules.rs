//! Parses the sources of a crate into its modules: the names each one defines, imports and mentions. Test code is left out.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, Meta, UseTree, Visibility};

/// The sources of one crate: text by path below `src`.
pub(super) type Sources = BTreeMap<String, String>;

/// A path in the source, with the line that it stands in.
pub(super) struct Mention {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
}

#[derive(Default)]
pub(super) struct Module {
    /// Path of the module that this module's file begins with. It differs from its own for `mod name { .. }`.
    pub(super) owner: Vec<String>,
    pub(super) defined: BTreeSet<String>,
    /// The path that an imported or re-exported name stands for.
    pub(super) imports: BTreeMap<String, Vec<String>>,
    pub(super) globs: Vec<Vec<String>>,
    /// Every path that the code needs. A `pub use` needs nothing: its users do.
    pub(super) mentions: Vec<Mention>,
}

#[derive(Default)]
pub(super) struct CrateModules {
    pub(super) modules: BTreeMap<Vec<String>, Module>,
    /// File of each module that has one, below `src`.
    pub(super) files: BTreeMap<Vec<String>, String>,
    /// The `$crate::..` paths in the body of each `macro_rules!`, by the macro's name with `!`. Its callers need them.
    pub(super) macros: BTreeMap<String, Vec<Vec<String>>>,
}

impl CrateModules {
    pub(super) fn parse(sources: &Sources) -> Result<CrateModules> {
        let root = ["lib.rs", "main.rs"].into_iter().find(|name| sources.contains_key(*name));
        let mut modules = CrateModules::default();
        modules.add_file(sources, root.context("neither lib.rs nor main.rs")?, Vec::new())?;
        Ok(modules)
    }

    fn add_file(&mut self, sources: &Sources, file: &str, path: Vec<String>) -> Result<()> {
        let syntax = syn::parse_file(&sources[file]).with_context(|| file.to_owned())?;
        let module = Module { owner: path.clone(), ..Module::default() };
        self.modules.insert(path.clone(), module);
        self.files.insert(path.clone(), file.to_owned());
        let mut collector = Collector { all: self, path, blocks: 0, children: Vec::new() };
        for item in &syntax.items {
            collector.visit_item(item);
        }
        for child in collector.children {
            let stem = child.join("/");
            let candidates = [format!("{stem}.rs"), format!("{stem}/mod.rs")];
            let file = candidates.iter().find(|name| sources.contains_key(*name));
            self.add_file(sources, file.with_context(|| format!("{stem}.rs: no such file"))?, child)?;
        }
        Ok(())
    }
}

/// Walks the syntax of one file.
struct Collector<'a> {
    all: &'a mut CrateModules,
    /// The module that the walk is in.
    path: Vec<String>,
    /// Depth of function bodies: their items are names of no module.
    blocks: usize,
    /// Modules with files of their own, declared here.
    children: Vec<Vec<String>>,
}

impl Collector<'_> {
    fn module(&mut self) -> &mut Module {
        self.all.modules.get_mut(&self.path).expect("inserted before the walk entered it")
    }

    fn mention(&mut self, path: Vec<String>, line: usize) {
        self.module().mentions.push(Mention { path, line });
    }

    fn import(&mut self, tree: &UseTree, item: &syn::ItemUse, prefix: &[String]) {
        let extended = |ident: &syn::Ident| prefix.iter().cloned().chain([ident.to_string()]).collect::<Vec<_>>();
        let (name, path) = match tree {
            UseTree::Path(part) => return self.import(&part.tree, item, &extended(&part.ident)),
            UseTree::Group(group) => return group.items.iter().for_each(|part| self.import(part, item, prefix)),
            UseTree::Glob(_) => (None, prefix.to_vec()),
            UseTree::Name(part) if part.ident == "self" => (prefix.last().cloned(), prefix.to_vec()),
            UseTree::Name(part) => (Some(part.ident.to_string()), extended(&part.ident)),
            UseTree::Rename(part) if part.ident == "self" => (Some(part.rename.to_string()), prefix.to_vec()),
            UseTree::Rename(part) => (Some(part.rename.to_string()), extended(&part.ident)),
        };
        if matches!(item.vis, Visibility::Inherited) {
            self.mention(path.clone(), tree.span().start().line);
        }
        match name {
            Some(name) => drop(self.module().imports.insert(name, path)),
            None => self.module().globs.push(path),
        }
    }

    fn child(&mut self, item: &syn::ItemMod) {
        let mut path = self.path.clone();
        path.push(item.ident.to_string());
        let Some((_, items)) = &item.content else { return self.children.push(path) };
        let owner = self.module().owner.clone();
        self.all.modules.insert(path.clone(), Module { owner, ..Module::default() });
        let outer = std::mem::replace(&mut self.path, path);
        items.iter().for_each(|item| self.visit_item(item));
        self.path = outer;
    }

    fn macro_rules(&mut self, name: &syn::Ident, body: &TokenStream) {
        let (ours, relative) = paths_in(body).into_iter().partition(|mention| mention.path[0] == "crate");
        let ours: Vec<Mention> = ours;
        self.all.macros.insert(format!("{name}!"), ours.into_iter().map(|mention| mention.path).collect());
        self.module().mentions.extend::<Vec<_>>(relative);
    }
}

impl<'ast> Visit<'ast> for Collector<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, name) = head(item);
        if attributes.iter().any(is_test) {
            return;
        }
        if let (0, Some(name)) = (self.blocks, name) {
            self.module().defined.insert(name.to_string());
        }
        match item {
            Item::Use(item) => self.import(&item.tree, item, &[]),
            Item::Mod(item) => self.child(item),
            Item::Macro(item) if let Some(name) = &item.ident => self.macro_rules(name, &item.mac.tokens),
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !function.attrs.iter().any(is_test) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        self.blocks += 1;
        visit::visit_block(self, block);
        self.blocks -= 1;
    }

    /// `pub(in path)` is no use of the path.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.mention(names, path.span().start().line);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let mut names: Vec<String> = call.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let [name] = names.as_mut_slice() {
            name.push('!');
        }
        self.mention(names, call.path.span().start().line);
        self.module().mentions.extend(paths_in(&call.tokens));
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.module().mentions.extend(paths_in(&list.tokens));
        }
    }
}

/// Attributes of an item, and the name that it defines.
fn head(item: &Item) -> (&[Attribute], Option<&syn::Ident>) {
    match item {
        Item::Const(item) => (&item.attrs, Some(&item.ident)),
        Item::Enum(item) => (&item.attrs, Some(&item.ident)),
        Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
        Item::Static(item) => (&item.attrs, Some(&item.ident)),
        Item::Struct(item) => (&item.attrs, Some(&item.ident)),
        Item::Trait(item) => (&item.attrs, Some(&item.ident)),
        Item::Type(item) => (&item.attrs, Some(&item.ident)),
        Item::Impl(item) => (&item.attrs, None),
        Item::Macro(item) => (&item.attrs, None),
        Item::Mod(item) => (&item.attrs, None),
        Item::Use(item) => (&item.attrs, None),
        _ => (&[], None),
    }
}

fn is_test(attribute: &Attribute) -> bool {
    let condition = match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string(),
        _ => return attribute.path().is_ident("test"),
    };
    condition == "test" || condition.starts_with("all (test")
}

/// The paths in the arguments of a macro, which have no syntax tree. A name after a dot is a field or a method.
fn paths_in(tokens: &TokenStream) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    // The punctuation since the last name.
    let mut between = String::new();
    let mut continued = false;
    for tree in tokens.clone() {
        match tree {
            TokenTree::Ident(name) if continued && between == "::" => {
                found.last_mut().expect("a name stands before").path.push(name.to_string());
                between.clear();
            }
            TokenTree::Ident(name) => {
                continued = between != ".";
                if continued {
                    found.push(Mention { path: vec![name.to_string()], line: name.span().start().line });
                }
                between.clear();
            }
            TokenTree::Punct(mark) => between.push(mark.as_char()),
            TokenTree::Group(group) => {
                found.extend(paths_in(&group.stream()));
                (between, continued) = (String::new(), false);
            }
            TokenTree::Literal(_) => (between, continued) = (String::new(), false),
        }
    }
    found
}
