use super::{Strictness, cycles};
use crate::tidy::modules::Sources;

/// Cycles found in a crate `c`: each as its name, then its edges.
fn found(files: &[(&str, &str)], strictness: Strictness) -> Vec<Vec<String>> {
    let sources: Sources = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let cycles = cycles("c", &sources, strictness).expect("the sources parse");
    cycles.into_iter().map(|cycle| [vec![cycle.name], cycle.edges].concat()).collect()
}

#[track_caller]
fn siblings(files: &[(&str, &str)], expected: &[&[&str]]) {
    assert_eq!(found(files, Strictness::Siblings), expected, "{files:#?}");
}

const LIB: (&str, &str) = ("lib.rs", "mod a; mod b;");

#[test]
fn cycle_is_found_with_its_lines() {
    let a = ("a.rs", "use crate::b::Two;\npub struct One(Two);");
    let b = ("b.rs", "\npub struct Two;\nfn two() { super::a::One::new(); }");
    siblings(&[LIB, a, b], &[&["c: a, b", "a.rs:1 -> b.rs: Two", "b.rs:3 -> a.rs: One"]]);
}

#[test]
fn one_direction_is_no_cycle() {
    siblings(&[LIB, ("a.rs", "use crate::b::Two;"), ("b.rs", "pub struct Two;")], &[]);
}

#[test]
fn every_form_of_a_path_is_an_edge() {
    for needs_two in [
        "use crate::{b::{Two as T}};",
        "use super::b; fn f() { b::Two::new() }",
        "use super::b::*; fn f(_: Two) {}",
        "fn f() { use crate::b::Two; }",
        "type T = Vec<crate::b::Two>;",
        "fn f() { println!(\"{:?}\", (crate::b::Two)); }",
        "#[serde(with(super::b::Two))] struct S;",
        "mod inner { use super::super::b::Two; }",
        "impl crate::b::Two {}",
        "fn f() { shout!() }",
        "use super::Again;",
        "use crate::c::Again;",
    ] {
        let lib = "pub use b::Two as Again; mod c { pub use crate::Again; } macro_rules! shout { () => { $crate::b::Two } } mod a; mod b;";
        let files = [("lib.rs", lib), ("a.rs", needs_two), ("b.rs", "pub struct Two; use crate::a::f;")];
        let found = found(&files, Strictness::Siblings);
        assert_eq!(found.len(), 1, "{needs_two}");
        assert!(found[0].contains(&"a.rs:1 -> b.rs: Two".to_owned()), "{needs_two}: {found:?}");
    }
}

#[test]
fn reexport_is_followed_to_the_file_that_defines() {
    let lib = ("lib.rs", "mod a; mod b; mod d; pub use b::Two;");
    let b = ("b/mod.rs", "mod deep; pub use deep::*; pub use super::d::Three;");
    let deep = ("b/deep.rs", "pub struct Two; fn f() -> crate::a::One {}");
    let a = ("a.rs", "use crate::Two;\nuse crate::b::Three;\npub struct One;");
    let d = ("d.rs", "pub struct Three;");
    siblings(&[lib, a, b, deep, d], &[&["c: a, b", "a.rs:1 -> b/deep.rs: Two", "b/deep.rs:1 -> a.rs: One"]]);
}

#[test]
fn reexport_itself_is_no_edge() {
    siblings(&[LIB, ("a.rs", "pub use super::b::Two; pub struct One;"), ("b.rs", "pub struct Two(super::a::One);")], &[]);
}

#[test]
fn test_code_and_visibility_are_no_edges() {
    for text in [
        "#[cfg(test)] mod tests { use crate::b::Two; }",
        "#[cfg(test)] mod tests;",
        "#[cfg(test)] use crate::b::Two;",
        "#[cfg(all(test, unix))] fn f() -> crate::b::Two {}",
        "#[test] fn f() { crate::b::Two; }",
        "impl S { #[cfg(test)] fn f() -> crate::b::Two {} }",
        "pub(in crate::b) struct S;",
        "fn f(b: S) { b.Two; x!(b.Two) }",
        "use b::Two;",
    ] {
        let files = [LIB, ("a.rs", text), ("a/tests.rs", "use crate::b::Two;"), ("b.rs", "pub struct Two; use crate::a::S;")];
        siblings(&files, &[]);
    }
}

#[test]
fn nested_cycle_is_found_in_its_parent() {
    let files = [
        ("main.rs", "mod a;"),
        ("a/mod.rs", "mod x; mod y;"),
        ("a/x/mod.rs", "mod deep;"),
        ("a/x/deep.rs", "use crate::a::y::Y;\npub struct X;"),
        ("a/y.rs", "pub struct Y(super::x::deep::X);"),
    ];
    siblings(&files, &[&["c::a: x, y", "a/x/deep.rs:1 -> a/y.rs: Y", "a/y.rs:1 -> a/x/deep.rs: X"]]);
}

#[test]
fn subtrees_of_siblings_form_a_cycle_together() {
    let files = [
        LIB,
        ("a/mod.rs", "mod x;\npub struct One;"),
        ("a/x.rs", "use crate::b::Two;"),
        ("b.rs", "pub struct Two(crate::a::One);"),
    ];
    siblings(&files, &[&["c: a, b", "a/x.rs:1 -> b.rs: Two", "b.rs:1 -> a/mod.rs: One"]]);
}

#[test]
fn parent_and_child_are_a_cycle_only_when_strict() {
    let files = [("lib.rs", "mod a; pub struct S;\nfn f() { a::g(); }"), ("a.rs", "use super::S;\npub fn g() {}")];
    siblings(&files, &[]);
    let strict = found(&files, Strictness::Files);
    assert_eq!(strict, [["c: a.rs, lib.rs", "a.rs:1 -> lib.rs: S", "lib.rs:2 -> a.rs: g"]]);
}

#[test]
fn missing_file_is_an_error() {
    let sources: Sources = [("lib.rs".to_owned(), "mod gone;".to_owned())].into();
    let fault = cycles("c", &sources, Strictness::Siblings).err().expect("a module without a file").to_string();
    assert_eq!(fault, "gone.rs: no such file");
}
