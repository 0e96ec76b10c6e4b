//! Distributions of directions: angles and unit vectors.

mod power_spherical;
mod projected_normal;
mod sine_bivariate_von_mises;
mod sine_marginal;
mod sine_skewed;
mod sphere;
mod spherical_uniform;
mod von_mises;
mod von_mises_fisher;

pub use self::power_spherical::PowerSpherical;
pub use self::projected_normal::ProjectedNormal;
pub use self::sine_bivariate_von_mises::SineBivariateVonMises;
pub use self::sine_skewed::{Circular, SineSkewed};
pub use self::spherical_uniform::SphericalUniform;
pub use self::von_mises::VonMises;
pub use self::von_mises_fisher::VonMisesFisher;
