//! Tests of the special functions: the table of reference values, laws, derivatives and the edges of the domains.

mod derivatives;
mod edges;
mod golden;
mod laws;

mod remainders;
mod tails;

/// Asserts `|got - want| ≤ tolerance · max(|want|, scale)`.
#[track_caller]
fn assert_close(got: f64, want: f64, tolerance: f64, scale: f64) {
    let bound = tolerance * want.abs().max(scale);
    assert!(got == want || (got - want).abs() <= bound, "got {got:e}, want {want:e}, within {bound:.1e}");
}
