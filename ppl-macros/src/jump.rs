//! `break` and `continue` inside a plate: they must not leave its block, because the plate would stay open.

use syn::{Ident, Lifetime};

/// What a jump can leave.
pub(crate) enum Scope {
    /// A loop, with its label.
    Loop(Option<Ident>),
    /// A block, with its label.
    Block(Option<Ident>),
    /// A plate's block.
    Plate,
    /// A closure or the like, out of which there is no jump.
    Closure,
}

/// The scopes around the place of the walk.
#[derive(Default)]
pub(crate) struct Jumps(Vec<Scope>);

impl Jumps {
    pub(crate) fn enter(&mut self, scope: Scope) {
        self.0.push(scope);
    }

    pub(crate) fn leave(&mut self) {
        self.0.pop();
    }

    /// Whether a `break` or `continue` with this label leaves the block of a plate.
    pub(crate) fn leaves_a_plate(&self, label: Option<&Lifetime>) -> bool {
        let mut through_a_plate = false;
        for scope in self.0.iter().rev() {
            let is_target = match (scope, label) {
                (Scope::Plate, _) => {
                    through_a_plate = true;
                    false
                }
                (Scope::Closure, _) => return false,
                (Scope::Loop(_), None) => true,
                (Scope::Block(_), None) => false,
                (Scope::Loop(name) | Scope::Block(name), Some(label)) => name.as_ref() == Some(&label.ident),
            };
            if is_target {
                return through_a_plate;
            }
        }
        false
    }
}

/// What to say about it.
pub(crate) fn message(keyword: &str) -> String {
    format!("`{keyword}` cannot leave the block of a `plate!`: give the block a value, and `{keyword}` after the plate")
}
