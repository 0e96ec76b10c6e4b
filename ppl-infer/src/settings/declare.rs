//! `settings!`: the one declaration of a method's settings.

/// Declares settings: the struct, its defaults, a builder method for each setting, and `validate`.
///
/// ```text
/// settings! {
///     /// Documentation and attributes of the struct.
///     #[derive(Clone, Debug)]
///     pub struct Method
///     [/// A part with settings of its own, whose builder methods are the method's too.
///      chain: ChainConfig => chain_settings]
///     {
///         /// Documentation of the field and of its builder method.
///         draws: usize = 1000, at_least(1);
///         /// The builder method takes a `usize`.
///         threads(usize): Option<usize> = None, at_least(1);
///     }
///     own {
///         /// A field that no macro sets.
///         left_out: BTreeSet<String>,
///     }
/// }
/// ```
///
/// A rule such as `at_least(1)` is a function of [`rules`](super::rules) and gets the name of the setting and a reference to
/// it first. `struct Method<O: Optimizer>(optimizer: O)` has a setting without a default, an argument of `new`, which is
/// validated by its own `validate`. After the fields, `then check` calls a method that checks what concerns several of them.
///
/// A part is declared by `part chain by chain_settings;` before its struct. Its builder methods are in the macro
/// `chain_settings`, for the methods that hold it in a field `chain`; types of its fields are written with their full path.
macro_rules! settings {
    (
        part $holder:ident by $setters:ident;
        $(#[$attribute:meta])*
        $vis:vis struct $name:ident {
            $(
                $(#[$doc:meta])*
                $field_vis:vis $field:ident $(($argument:ty))?: $type:ty = $default:expr $(, $rule:ident($($of:expr),*))?;
            )*
        }
        $(then $check:ident)?
    ) => {
        $crate::settings::settings! { @fields
            $(#[$attribute])*
            $vis struct $name {
                $($(#[$doc])* $field_vis $field: $type = $default $(, $rule($($of),*))?;)*
            }
            $(then $check)?
        }

        /// The builder methods of these settings, for a method that holds them.
        macro_rules! $setters {
            () => {
                $crate::settings::setters! { $holder:
                    $($(#[$doc])* $field: $crate::settings::settings!(@argument $type $(, $argument)?),)*
                }
            };
        }
        pub(crate) use $setters;
    };
    (
        $(#[$attribute:meta])*
        $vis:vis struct $name:ident $(<$generic:ident: $bound:ident>)? $(($required:ident: $required_type:ty))?
        $([$($(#[$part_doc:meta])* $part:ident: $part_type:ty => $part_setters:ident),+ $(,)?])?
        {
            $(
                $(#[$doc:meta])*
                $field_vis:vis $field:ident $(($argument:ty))?: $type:ty = $default:expr $(, $rule:ident($($of:expr),*))?;
            )*
        }
        $(own { $($(#[$own_doc:meta])* $own:ident: $own_type:ty),+ $(,)? })?
    ) => {
        $crate::settings::settings! { @fields
            $(#[$attribute])*
            $vis struct $name $(<$generic: $bound>)? $(($required: $required_type))?
            $([$($(#[$part_doc])* $part: $part_type),+])?
            {
                $($(#[$doc])* $field_vis $field: $type = $default $(, $rule($($of),*))?;)*
            }
            $(own { $($(#[$own_doc])* $own: $own_type),+ })?
        }

        impl $(<$generic: $bound>)? $name $(<$generic>)? {
            $($($part_setters!();)+)?
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $field(mut self, $field: $crate::settings::settings!(@argument $type $(, $argument)?)) -> Self {
                    self.$field = $field.into();
                    self
                }
            )*
        }
    };
    (@fields
        $(#[$attribute:meta])*
        $vis:vis struct $name:ident $(<$generic:ident: $bound:ident>)? $(($required:ident: $required_type:ty))?
        $([$($(#[$part_doc:meta])* $part:ident: $part_type:ty),+])?
        {
            $(
                $(#[$doc:meta])*
                $field_vis:vis $field:ident: $type:ty = $default:expr $(, $rule:ident($($of:expr),*))?;
            )*
        }
        $(own { $($(#[$own_doc:meta])* $own:ident: $own_type:ty),+ })?
        $(then $check:ident)?
    ) => {
        $(#[$attribute])*
        $vis struct $name $(<$generic>)? {
            $($required: $required_type,)?
            $($($(#[$part_doc])* pub $part: $part_type,)+)?
            $($(#[$doc])* $field_vis $field: $type,)*
            $($($(#[$own_doc])* $own: $own_type,)+)?
        }

        $crate::settings::settings! { @new $name $(<$generic: $bound>)? $(($required: $required_type))? {
            $($($part: Default::default(),)+)?
            $($field: $default,)*
            $($($own: Default::default(),)+)?
        } }

        impl $(<$generic: $bound>)? $name $(<$generic>)? {
            /// Checks the settings, as far as that takes no model.
            ///
            /// # Errors
            /// [`InvalidSetting`](crate::error::InvalidSetting) names the first one that lies outside of its domain.
            pub fn validate(&self) -> $crate::Result<()> {
                $(self.$required.validate()?;)?
                $($(self.$part.validate()?;)+)?
                $($($crate::settings::rules::$rule(stringify!($field), &self.$field $(, $of)*)?;)?)*
                $(self.$check()?;)?
                Ok(())
            }
        }
    };
    (@new $name:ident { $($initial:tt)* }) => {
        impl Default for $name {
            fn default() -> Self {
                Self { $($initial)* }
            }
        }

        impl $name {
            /// The default settings.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }
        }
    };
    (@new $name:ident <$generic:ident: $bound:ident> ($required:ident: $type:ty) { $($initial:tt)* }) => {
        impl<$generic: $bound> $name<$generic> {
            #[doc = concat!("The default settings, with this ", stringify!($required), ".")]
            #[must_use]
            pub fn new($required: $type) -> Self {
                Self { $required, $($initial)* }
            }
        }
    };
    (@argument $type:ty) => { $type };
    (@argument $type:ty, $argument:ty) => { $argument };
}
pub(crate) use settings;

/// Builder methods for the fields of a part of the settings, `self.$part`.
macro_rules! setters {
    ($part:ident: $($(#[$documentation:meta])* $name:ident: $type:ty,)*) => {$(
        $(#[$documentation])*
        #[must_use]
        pub fn $name(mut self, $name: $type) -> Self {
            self.$part.$name = $name.into();
            self
        }
    )*};
}
pub(crate) use setters;

#[cfg(test)]
#[expect(unreachable_pub, reason = "settings are public")]
mod tests {
    use self::part::{Part, part_settings};
    use crate::error::{Error, InvalidSetting};

    mod part {
        settings! {
            part part by part_settings;
            /// A part.
            #[derive(Clone, Debug, PartialEq)]
            pub struct Part {
                /// Chains.
                pub chains: usize = 4, at_least(1);
                /// Draws.
                pub draws: usize = 10;
            }
            then check_draws
        }

        impl Part {
            fn check_draws(&self) -> crate::Result<()> {
                crate::settings::require("draws", "more than chains", self.draws, self.draws > self.chains)
            }
        }
    }

    settings! {
        /// A method.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Method
        [
            /// The part.
            part: Part => part_settings
        ]
        {
            /// Threads.
            threads(usize): Option<usize> = None, at_least(1);
            /// Tolerance.
            tolerance: f64 = 0.5, positive();
        }
        own {
            /// Names.
            names: Vec<String>,
        }
    }

    #[test]
    fn one_declaration_gives_defaults_setters_and_validation() {
        let part = Part::new();
        assert_eq!(part, Part { chains: 4, draws: 10 });
        assert_eq!(Method::new(), Method { part, threads: None, tolerance: 0.5, names: Vec::new() });
        let method = Method::new().chains(2).threads(3).tolerance(0.1);
        assert_eq!((method.part.chains, method.threads, method.tolerance), (2, Some(3), 0.1));
        assert!(method.validate().is_ok());
        for (name, method) in [
            ("chains", Method::new().chains(0)),
            ("draws", Method::new().draws(3)),
            ("threads", Method::new().threads(0)),
            ("tolerance", Method::new().tolerance(f64::NAN)),
        ] {
            let Err(Error::Setting(InvalidSetting { parameter, .. })) = method.validate() else { panic!("{name}") };
            assert_eq!(parameter, name);
        }
    }
}
