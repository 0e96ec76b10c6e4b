//! `InvalidSetting`: a setting outside its domain.

/// A setting, or a part of a state to resume from, that lies outside its domain.
///
/// # Example
/// ```
/// use ppl_infer::{Error, Nuts, error::InvalidSetting};
///
/// let error = Nuts::new().target_accept_prob(1.0).validate().unwrap_err();
/// assert_eq!(error.to_string(), "`target_accept_prob` must be strictly between 0 and 1, got 1");
/// let Error::Setting(InvalidSetting { parameter, got, .. }) = error else { panic!("{error}") };
/// assert_eq!((parameter, got.as_str()), ("target_accept_prob", "1"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{parameter}` must be {expected}, got {got}")]
pub struct InvalidSetting {
    /// The name of the setting.
    pub parameter: &'static str,
    /// The domain.
    pub expected: String,
    /// The value.
    pub got: String,
}
