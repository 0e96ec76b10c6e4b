//! Models without their type.

use ppl::site::Signature;
use ppl::{Ctx, Model};

/// A model that runs as another one and drops its output.
///
/// A reference to it is a trait object, `&dyn Model<Output = ()>`. An algorithm that takes its model so is compiled once, in
/// this crate, and not again in each program for each of its models.
pub(crate) struct WithoutOutput<M>(pub(crate) M);

impl<M: Model> Model for WithoutOutput<M> {
    type Output = ();

    fn run(&self, ctx: &mut Ctx) -> ppl::Result<()> {
        self.0.run(ctx).map(drop)
    }

    fn signature(&self) -> Signature {
        self.0.signature()
    }
}

/// Any model, without its type and its output.
pub(crate) type AnyModel<'a> = dyn Model<Output = ()> + 'a;

/// Any model that threads may share.
pub(crate) type AnySyncModel<'a> = dyn Model<Output = ()> + Sync + 'a;
