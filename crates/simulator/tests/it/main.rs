//! Many seeds of the simulator, and single faults.

use simulator::{FaultClass, Summary, run};

/// Half of the seeds of a run of the tests. Two tests share them, so that two cores work.
const HALF: u64 = 5000;

fn all_hold(first: u64) {
    let mut total = Summary::default();
    for seed in first..first + HALF {
        match run(seed, FaultClass::of(seed)) {
            Ok(summary) => total.add(&summary),
            Err(failure) => panic!("cargo xtask simulate --seed {seed}: {}\n{}", failure.what, failure.script),
        }
    }
    // Runs in which nothing happens would prove nothing.
    assert!(total.takeovers > 1000 && total.fences > 1000 && total.handovers > 30 && total.step_downs > 3, "{total:?}");
}

#[test]
fn first_half_of_the_seeds_holds() {
    all_hold(0);
}

#[test]
fn second_half_of_the_seeds_holds() {
    all_hold(HALF);
}

/// The simulator finds two primaries where they are possible: with the path between the nodes cut (N1).
#[test]
fn cut_between_the_nodes_alone_leaves_two_primaries() {
    let overlap: u64 = (0..400).map(|seed| run(seed, FaultClass::Cuts).unwrap().overlap).sum();
    assert!(overlap > 0, "the check cannot fail");
}

/// The backup serves within the primary timeout, a check, the three quick checks, the claim and the activation (G5).
#[test]
fn crashed_primary_is_replaced_in_time() {
    for seed in 0..200 {
        let summary = run(seed, FaultClass::OneCrash).unwrap();
        assert_eq!(summary.takeovers, 1, "seed {seed}");
        assert!(summary.gap <= summary.gap_max, "seed {seed}: {} ms without a primary, {} allowed", summary.gap, summary.gap_max);
    }
}

#[test]
fn isolated_backup_changes_nothing() {
    for seed in 0..200 {
        let summary = run(seed, FaultClass::OneIsolation).unwrap();
        assert_eq!((summary.takeovers, summary.fences, summary.step_downs), (0, 0, 0), "seed {seed}");
    }
}

#[test]
fn same_seed_gives_the_same_run() {
    for class in FaultClass::RANDOM {
        let (one, other) = (run(7, class).unwrap(), run(7, class).unwrap());
        assert_eq!(format!("{one:?}"), format!("{other:?}"), "{class:?}");
    }
}
