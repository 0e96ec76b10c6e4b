//! Gaussian processes: distributions of functions, by their values at some points.

mod arguments;
mod covariance;
mod hilbert_space;
mod jitter;
pub mod kernel;
#[macro_use]
mod marginal;
mod mean_function;
mod periodic_basis;
mod process;
mod quadrature;
mod regression_model;
#[macro_use]
mod student_t_marginal;
mod student_t_process;
mod student_t_regression_model;
mod variational;

pub use self::hilbert_space::HilbertSpaceGaussianProcess;
pub use self::jitter::Jitter;
pub use self::periodic_basis::PeriodicGaussianProcess;
pub use self::process::GaussianProcess;
pub use self::regression_model::GaussianProcessRegressionModel;
pub use self::student_t_process::StudentTProcess;
pub use self::student_t_regression_model::StudentTProcessRegressionModel;
pub use self::variational::VariationalGaussianProcess;
