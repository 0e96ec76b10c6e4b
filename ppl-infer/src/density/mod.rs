//! From a model to a log density on the unconstrained space.

mod agreement;
mod blame;
mod config;
mod diagnosis;
mod engine;
mod error;
mod layout;
mod model_density;
mod position;
mod run;
mod values;

pub(crate) use self::agreement::{Difference, Evaluation, Rounding, Verdict, agree, compare, is_as_stored, moved};
pub use self::config::DensityConfig;
pub(crate) use self::config::density_settings;
pub use self::diagnosis::SiteTerm;
pub(crate) use self::diagnosis::name_sites;
pub use self::engine::Engine;
pub(crate) use self::engine::{EngineUsed, WhyTape};
pub use self::error::DensityError;
pub use self::layout::{Layout, LayoutSite};
pub use self::model_density::ModelDensity;
pub(crate) use self::position::{is_outside_support, position_at};
pub(crate) use self::values::{SitesAt, lanes};
