//! Grammar: from tokens to syntax.

pub(crate) mod constructor;
mod expression;
pub(crate) mod foreign_macro;
pub(crate) mod function;
mod identifier;
pub(crate) mod indexed_name;
pub(crate) mod options;
pub(crate) mod outcome;
pub(crate) mod output;
pub(crate) mod plate;
pub(crate) mod site;
pub(crate) mod site_macro;
pub(crate) mod site_name;
