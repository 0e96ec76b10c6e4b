//! Placeholder target while the workspace is being set up.
fn main() {}
