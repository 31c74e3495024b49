//! The table of transitions.

use std::collections::BTreeSet;

use super::super::*;

/// docs/failover.md shows the table that the code follows.
#[test]
fn documented_table_matches_the_transitions() {
    let mut text = "| # | from | on | guard | to |\n| --- | --- | --- | --- | --- |\n".to_owned();
    let names = |kinds: &[RoleKind]| kinds.iter().map(|kind| format!("{kind:?}")).collect::<Vec<_>>().join(", ");
    for row in TRANSITIONS {
        text += &format!("| {:?} | {} | {} | {} | {} |\n", row.transition, names(row.from), row.on, row.guard, names(row.to));
    }
    testkit::assert_matches_part("docs/failover.md", "transitions", &text);
}

#[test]
fn each_role_can_be_reached_and_left() {
    let all: BTreeSet<RoleKind> = TRANSITIONS.iter().flat_map(|row| row.from.iter().chain(row.to)).copied().collect();
    for kind in all {
        assert!(TRANSITIONS.iter().any(|row| row.from.contains(&kind)), "{kind:?} is never left");
        assert!(TRANSITIONS.iter().any(|row| row.to.contains(&kind)), "{kind:?} is never reached");
    }
}

#[test]
fn transition_finds_its_own_row() {
    for row in TRANSITIONS {
        assert_eq!(row.transition.row(), row);
    }
}
