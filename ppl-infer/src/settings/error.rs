//! `InvalidSetting`: a setting outside its domain.

/// A setting, or a part of a state to resume from, that lies outside its domain.
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
