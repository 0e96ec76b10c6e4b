//! `Surroundings`: where in a model's body something stands.

use syn::{Attribute, Ident, Lifetime};

/// Everything around a site, as data.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// Outermost first.
    pub(crate) scopes: Vec<Scope>,
    /// The `#[cfg(..)]`s, outermost first.
    pub(crate) cfg: Vec<Attribute>,
}

/// A scope of the source.
#[derive(Clone, Debug)]
pub(crate) enum Scope {
    Loop(Loop),
    /// A block, with its label.
    Block(Option<Ident>),
    /// An arm of an `if` or `match`, both counted in the model's body.
    Arm {
        branch: usize,
        arm: usize,
    },
    /// The block of a plate.
    Plate,
    /// The arguments of a site.
    Arguments,
    /// Code that need not run as a part of the model.
    Detached(Detached),
}

/// A loop.
#[derive(Clone, Debug)]
pub(crate) struct Loop {
    pub(crate) label: Option<Ident>,
    /// The variable that counts the iterations, if there is one.
    pub(crate) counter: Option<Ident>,
}

/// Code that need not run as a part of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detached {
    Closure,
    Async,
    Const,
}

impl Surroundings {
    /// The loops, outermost first.
    pub(crate) fn loops(&self) -> impl Iterator<Item = &Loop> {
        self.scopes.iter().filter_map(|scope| match scope {
            Scope::Loop(around) => Some(around),
            _ => None,
        })
    }

    /// The innermost closure or the like, if there is one.
    pub(crate) fn detached(&self) -> Option<Detached> {
        self.scopes.iter().rev().find_map(|scope| match scope {
            Scope::Detached(detached) => Some(*detached),
            _ => None,
        })
    }

    /// Whether there is a site around that stands in a closure or the like itself.
    pub(crate) fn is_within_detached_site(&self) -> bool {
        let mut scopes = self.scopes.iter();
        scopes.any(|scope| matches!(scope, Scope::Detached(_)))
            && scopes.any(|scope| matches!(scope, Scope::Arguments | Scope::Plate))
    }

    /// Whether no run can visit both: they stand in different arms of one branch.
    pub(crate) fn excludes(&self, other: &Self) -> bool {
        self.arms().any(|(branch, arm)| other.arms().any(|(others, other)| branch == others && arm != other))
    }

    fn arms(&self) -> impl Iterator<Item = (usize, usize)> {
        self.scopes.iter().filter_map(|scope| match scope {
            Scope::Arm { branch, arm } => Some((*branch, *arm)),
            _ => None,
        })
    }

    /// Whether a `break` or `continue` with this label leaves the block of a plate.
    pub(crate) fn leaves_a_plate(&self, label: Option<&Lifetime>) -> bool {
        let mut through_a_plate = false;
        for scope in self.scopes.iter().rev() {
            let own_label = match scope {
                Scope::Plate => {
                    through_a_plate = true;
                    continue;
                }
                // There is no jump out of it.
                Scope::Detached(_) => return false,
                Scope::Arm { .. } | Scope::Arguments => continue,
                Scope::Loop(_) if label.is_none() => return through_a_plate,
                Scope::Loop(around) => &around.label,
                Scope::Block(label) => label,
            };
            if label.is_some_and(|label| own_label.as_ref() == Some(&label.ident)) {
                return through_a_plate;
            }
        }
        false
    }
}
