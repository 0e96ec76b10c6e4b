//! `kernel!`: a kernel from the list of its parameters.

/// Declares a kernel by its parameters, each of which has a description, a name and a domain, as `declare!` does for
/// distributions.
///
/// It writes the struct with the table of its parameters, `new`, which checks constant parameters and broadcasts their
/// shapes, the getters, `checked`, the parameters with NaN for tracked ones outside of their domains, and `diagonal_shape`.
macro_rules! kernel {
    (
        $(#[doc = $before:literal])*
        #[parameters]
        $(#[doc = $after:literal])*
        $(#[doc(alias = $alias:literal)])*
        pub struct $Name:ident {
            $($(#[doc = $meaning:literal])+ $parameter:ident: $domain:ident,)+
        }

        pub fn $new:ident($($argument:ident: $Argument:ty),+ $(,)?) -> $Result:ty;
    ) => {
        $(#[doc = $before])*
        #[doc = " # Parameters"]
        #[doc = " | parameter | domain | shape | meaning |"]
        #[doc = " |-----------|--------|-------|---------|"]
        $(
            #[doc = concat!(
                " | `", stringify!($parameter), "` | [`", stringify!($domain), "`](crate::Constraint::",
                stringify!($domain), ") | batch |", $($meaning,)+ " |"
            )]
        )+
        #[doc = ""]
        $(#[doc = $after])*
        $(#[doc(alias = $alias)])*
        #[derive(Clone, Debug)]
        pub struct $Name {
            $($parameter: $crate::Tensor,)+
            batch_shape: $crate::Shape,
        }

        impl $Name {
            const NAME: &'static str = stringify!($Name);

            /// The kernel with these parameters.
            ///
            /// # Errors
            /// A constant parameter outside of its domain, or infinite; shapes that do not broadcast.
            pub fn $new($($argument: $Argument),+) -> $Result {
                $(let $parameter = $crate::IntoTensor::into_tensor($parameter);)+
                let batch_shape = $crate::check::broadcast_all(Self::NAME, &[$(&$parameter),+])?;
                $crate::check::constants(Self::NAME, &[
                    $((stringify!($parameter), &$parameter, $crate::Constraint::$domain)),+
                ])?;
                Ok(Self { $($parameter,)+ batch_shape })
            }

            $(
                $(#[doc = $meaning])+
                #[must_use]
                pub fn $parameter(&self) -> &$crate::Tensor {
                    &self.$parameter
                }
            )+

            /// Name, value and domain of each parameter.
            fn list(&self) -> Vec<(&'static str, $crate::Tensor, $crate::Constraint)> {
                vec![$((stringify!($parameter), self.$parameter.clone(), $crate::Constraint::$domain)),+]
            }

            /// The kernel with NaN for tracked parameters outside of their domains.
            pub(in crate::distribution::gaussian_process) fn checked(&self) -> Self {
                Self {
                    $($parameter: $crate::check::or_nan(&self.$parameter, &$crate::Constraint::$domain),)+
                    batch_shape: self.batch_shape,
                }
            }

            /// The shape of the variances at points.
            fn diagonal_shape(&self, x: &$crate::Tensor) -> $crate::Result<$crate::Shape> {
                super::distance::diagonal_shape(Self::NAME, &self.batch_shape, x)
            }
        }
    };
}

/// In `impl Kernel` of a kernel by [`kernel!`]: what follows from the declaration.
macro_rules! declared_kernel {
    () => {
        fn name(&self) -> &'static str {
            Self::NAME
        }

        fn parameters(&self) -> Vec<(&'static str, $crate::Tensor, $crate::Constraint)> {
            self.list()
        }

        fn batch_shape(&self) -> $crate::Shape {
            self.batch_shape
        }
    };
}
