//! `stationary!`: a kernel of the distance in units of the length scale.

/// Declares a kernel A² ρ(r²), where r is the distance of two points in units of the length scale.
///
/// It writes the struct with the table of its parameters, `new`, `ard`, the getters and [`Kernel`](super::Kernel); the
/// correlation ρ is a method that the file adds,
///
/// ```ignore
/// fn correlation(&self, squared_distance: &Tensor) -> Result<Tensor>
/// ```
///
/// in which `self` has NaN for tracked parameters outside of their domains.
macro_rules! stationary {
    (
        $(#[doc = $before:literal])*
        #[parameters]
        $(#[doc = $after:literal])*
        pub struct $Name:ident {
            $($(#[doc = $meaning:literal])+ $parameter:ident,)*
        }
    ) => {
        $(#[doc = $before])*
        #[doc = " # Parameters"]
        #[doc = " | parameter | domain | shape | meaning |"]
        #[doc = " |-----------|--------|-------|---------|"]
        #[doc = " | `amplitude` | positive | batch | standard deviation of the function values: A |"]
        #[doc = " | `length_scale` | positive | batch, or batch ++ `[d]` of [`ard`](Self::ard) | distance over which the function changes: ℓ |"]
        $(
            #[doc = concat!(" | `", stringify!($parameter), "` | positive | batch |", $($meaning,)+ " |")]
        )*
        #[doc = ""]
        $(#[doc = $after])*
        #[derive(Clone, Debug)]
        pub struct $Name {
            amplitude: $crate::Tensor,
            length_scale: super::distance::LengthScale,
            $($parameter: $crate::Tensor,)*
            batch_shape: $crate::Shape,
        }

        impl $Name {
            const NAME: &'static str = stringify!($Name);

            /// The kernel with one length scale for all dimensions.
            ///
            /// # Errors
            /// A constant parameter that is not positive and finite; shapes that do not broadcast.
            pub fn new(
                amplitude: impl $crate::IntoTensor,
                length_scale: impl $crate::IntoTensor,
                $($parameter: impl $crate::IntoTensor,)*
            ) -> $crate::Result<Self> {
                let length_scale = super::distance::LengthScale::isotropic(length_scale.into_tensor());
                Self::build(amplitude.into_tensor(), length_scale $(, $parameter.into_tensor())*)
            }

            /// The kernel with a length scale for each dimension, along the last axis: automatic relevance determination.
            ///
            /// # Errors
            /// A constant parameter that is not positive and finite; shapes that do not broadcast.
            pub fn ard(
                amplitude: impl $crate::IntoTensor,
                length_scales: impl $crate::IntoTensor,
                $($parameter: impl $crate::IntoTensor,)*
            ) -> $crate::Result<Self> {
                let length_scales = length_scales.into_tensor();
                let length_scale = super::distance::LengthScale::per_dimension(Self::NAME, length_scales)?;
                Self::build(amplitude.into_tensor(), length_scale $(, $parameter.into_tensor())*)
            }

            fn build(
                amplitude: $crate::Tensor,
                length_scale: super::distance::LengthScale,
                $($parameter: $crate::Tensor,)*
            ) -> $crate::Result<Self> {
                let shapes = [amplitude.shape(), length_scale.batch_shape() $(, $parameter.shape())*];
                let batch_shape = shapes.iter().try_fold($crate::Shape::SCALAR, |batch, shape| {
                    $crate::check::broadcast(Self::NAME, &batch, shape)
                })?;
                let kernel = Self { amplitude, length_scale, $($parameter,)* batch_shape };
                $crate::check::constants(Self::NAME, &[
                    ("amplitude", &kernel.amplitude, $crate::Constraint::Positive),
                    ("length_scale", kernel.length_scale.value(), $crate::Constraint::Positive),
                    $((stringify!($parameter), &kernel.$parameter, $crate::Constraint::Positive),)*
                ])?;
                Ok(kernel)
            }

            /// Standard deviation of the function values.
            #[must_use]
            pub fn amplitude(&self) -> &$crate::Tensor {
                &self.amplitude
            }

            /// Distance over which the function changes; with an axis for the dimensions where it differs between them.
            #[must_use]
            pub fn length_scale(&self) -> &$crate::Tensor {
                self.length_scale.value()
            }

            $(
                $(#[doc = $meaning])+
                #[must_use]
                pub fn $parameter(&self) -> &$crate::Tensor {
                    &self.$parameter
                }
            )*

            /// The kernel with NaN for tracked parameters outside of their domains.
            fn checked(&self) -> Self {
                let or_nan = |value| $crate::check::or_nan(value, &$crate::Constraint::Positive);
                Self {
                    amplitude: or_nan(&self.amplitude),
                    length_scale: self.length_scale.with_value(or_nan(self.length_scale.value())),
                    $($parameter: or_nan(&self.$parameter),)*
                    batch_shape: self.batch_shape,
                }
            }
        }

        impl super::Kernel for $Name {
            fn name(&self) -> &'static str {
                Self::NAME
            }

            fn parameters(&self) -> Vec<(&'static str, $crate::Tensor, $crate::Constraint)> {
                vec![
                    ("amplitude", self.amplitude.clone(), $crate::Constraint::Positive),
                    ("length_scale", self.length_scale.value().clone(), $crate::Constraint::Positive),
                    $((stringify!($parameter), self.$parameter.clone(), $crate::Constraint::Positive),)*
                ]
            }

            fn batch_shape(&self) -> $crate::Shape {
                self.batch_shape
            }

            fn matrix(&self, x1: &$crate::Tensor, x2: &$crate::Tensor) -> $crate::Result<$crate::Tensor> {
                let kernel = self.checked();
                let squared_distance = kernel.length_scale.squared_distances(Self::NAME, x1, x2)?;
                let correlation = kernel.correlation(&squared_distance)?;
                correlation.try_mul(super::distance::spread(&kernel.amplitude.square(), 2)?)
            }

            fn diagonal(&self, x: &$crate::Tensor) -> $crate::Result<$crate::Tensor> {
                let rows = super::distance::points(Self::NAME, x)?;
                self.length_scale.check_points(Self::NAME, &rows)?;
                let shape = super::distance::diagonal_shape(Self::NAME, &self.batch_shape, x)?;
                super::distance::spread(&self.checked().amplitude.square(), 1)?.try_broadcast_to(shape)
            }
        }
    };
}
