//! `declare!`: a distribution of scalars, from the list of its parameters.

/// Declares a distribution of scalars by its parameters, each of which has a description, a name and a domain.
///
/// ```ignore
/// declare! {
///     /// Gumbel distribution of maxima on the real line.
///     #[parameters]
///     /// # Example
///     /// …
///     pub struct Gumbel {
///         /// Location, the mode.
///         loc: Real,
///         /// Scale, √6 / π of the standard deviation.
///         scale: Positive,
///     }
///
///     pub fn new(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
/// }
///
/// impl Distribution for Gumbel {
///     declared!();
///     // support, sample, log_prob
/// }
/// ```
///
/// The signature of `new` is written out for the compiler's messages and for editors, which point to it.
///
/// A domain is a variant of [`Constraint`](crate::Constraint). It may depend on other parameters, as in
/// `high: GreaterThan(low)` and `peak: Interval(low, high)`.
///
/// For users it writes
///
/// * the struct with its documentation, in which the table of the parameters and the shapes stand for `#[parameters]`;
/// * `new`, which checks constant parameters and broadcasts their shapes;
/// * a getter of each parameter.
///
/// For the file it writes
///
/// * the field `batch_shape`;
/// * `check_parameters`, the first line of every `sample`;
/// * `checked`, the same distribution with NaN for tracked parameters outside of their domains: for formulas that
///   would go on there with finite numbers;
/// * `unchecked`, the distribution of tensors that another one has checked.
///
/// A distribution that takes one of several parameters (probabilities or log odds), or whose parameters have event
/// axes, is written by hand: its constructors and its table say more than a list can.
macro_rules! declare {
    (
        $(#[doc = $before:expr])*
        #[parameters]
        $(#[doc = $after:literal])*
        pub struct $Name:ident {
            $($(#[doc = $meaning:literal])+ $parameter:ident: $domain:ident $(($($bound:ident),+))?,)+
        }

        pub fn $new:ident($($argument:ident: $Argument:ty),+ $(,)?) -> $Result:ty;
    ) => {
        $(#[doc = $before])*
        #[doc = " # Parameters"]
        #[doc = " | parameter | domain | shape | meaning |"]
        #[doc = " |-----------|--------|-------|---------|"]
        $(
            #[doc = concat!(
                " | `", stringify!($parameter), "` | ", declare!(@domain $domain $(($($bound),+))?), " | batch |",
                $($meaning,)+ " |"
            )]
        )+
        #[doc = ""]
        #[doc = " # Shapes"]
        #[doc = concat!(" batch = broadcast(", declare!(@list $($parameter)+), "), event = `[]`")]
        #[doc = ""]
        $(#[doc = $after])*
        #[derive(Clone, Debug)]
        pub struct $Name {
            $($parameter: $crate::Tensor,)+
            batch_shape: $crate::Shape,
        }

        impl $Name {
            const NAME: &'static str = stringify!($Name);

            #[doc = concat!(" The `", stringify!($Name), "` distribution with these parameters:")]
            #[doc = ""]
            $(
                #[doc = concat!(
                    " * `", stringify!($parameter), "`, ", declare!(@domain $domain $(($($bound),+))?), ":", $($meaning),+
                )]
            )+
            ///
            /// # Errors
            /// A constant parameter outside of its domain, or infinite; shapes that do not broadcast.
            pub fn $new($($argument: $Argument),+) -> $Result {
                let distribution = Self::unchecked($($crate::IntoTensor::into_tensor($parameter)),+)?;
                $crate::check::constants(Self::NAME, &distribution.parameters())?;
                Ok(distribution)
            }

            /// The distribution with parameters that are not inspected.
            pub(crate) fn unchecked($($parameter: $crate::Tensor),+) -> $crate::Result<Self> {
                let batch_shape = $crate::check::broadcast_all(Self::NAME, &[$(&$parameter),+])?;
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
            fn parameters(&self) -> [$crate::check::Parameter<'_>; [$(stringify!($parameter)),+].len()] {
                let Self { $($parameter,)+ .. } = self;
                [$((stringify!($parameter), $parameter, declare!(@constraint $domain $(($($bound),+))?))),+]
            }

            /// Checks the parameters before a draw, those that are being differentiated too.
            fn check_parameters(&self) -> $crate::Result<()> {
                $crate::check::all(Self::NAME, &self.parameters())
            }

            /// The distribution with NaN for tracked parameters outside of their domains.
            #[allow(dead_code, reason = "the formulas of some distributions are NaN there by themselves")]
            fn checked(&self) -> Self {
                let [$($parameter),+] =
                    self.parameters().map(|(_, value, domain)| $crate::check::or_nan(value, &domain));
                Self { $($parameter,)+ batch_shape: self.batch_shape }
            }
        }
    };
    (@constraint Interval($lower:ident, $upper:ident)) => {
        $crate::Constraint::Interval { lower: $lower.clone(), upper: $upper.clone() }
    };
    (@constraint $domain:ident $(($bound:ident))?) => {
        $crate::Constraint::$domain $(($bound.clone()))?
    };
    (@domain $domain:ident $(($first:ident $(, $rest:ident)*))?) => {
        concat!(
            "[`", stringify!($domain), $("(", stringify!($first), $(", ", stringify!($rest),)* ")",)?
            "`](crate::Constraint::", stringify!($domain), ")"
        )
    };
    (@list $first:ident $($rest:ident)*) => {
        concat!("`", stringify!($first), "`" $(, ", `", stringify!($rest), "`")*)
    };
}

/// In `impl Distribution` of a distribution by [`declare!`]: what follows from the declaration.
macro_rules! declared {
    () => {
        fn name(&self) -> &'static str {
            Self::NAME
        }

        fn batch_shape(&self) -> $crate::Shape {
            self.batch_shape
        }

        fn parameter_values(&self) -> Vec<(&'static str, $crate::Tensor)> {
            $crate::check::values(&self.parameters())
        }
    };
}
