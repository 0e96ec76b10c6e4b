//! What draws share: noise, samplers of one number after the other, derivatives of draws by parameters.

pub(crate) mod elementwise;
pub(crate) mod implicit;
pub(crate) mod noise;
