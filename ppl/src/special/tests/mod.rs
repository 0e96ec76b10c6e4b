//! Tests of the special functions: the table of reference values, and laws.

mod golden;
