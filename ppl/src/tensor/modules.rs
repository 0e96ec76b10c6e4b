//! dfdx's `nn` modules, read into networks of our own layers.

use dfdx::nn::{BuildOnDevice, modules};
use dfdx::shapes::HasShape;

use super::{Cpu, Shape, Tensor};
use crate::Result;
use crate::nn::{Architecture, Elementwise, Function, Layer, Module, Network, Reader};

/// The layers of dfdx of which networks are made, and dfdx's means of building modules of them.
///
/// As a type, a layer is an architecture: `(Linear<2, 16>, Tanh, Linear<16, 4>)`. They are those of the crate `dfdx`,
/// version 0.13, which has a page for each, so that modules that it trains or loads can be read too. Layers that are not
/// here have no counterpart: dropout and batch normalisation, which are another function in training, and those for
/// images and text.
///
/// | layer of a vector x | value | parameters |
/// |---|---|---|
/// | `Linear<I, O>` | `weight` x + `bias` | `weight` of shape `[O, I]`, `bias` of `[O]` |
/// | `UnbiasedLinear<I, O>` | `weight` x | `weight` of shape `[O, I]` |
/// | `LayerNorm1D<M>` | `gamma` (x − mean) / √(variance + 1e-5) + `beta` | `gamma`, `beta` of shape `[M]` |
/// | `PReLU` | x, where it is negative `a` x | the number `a` |
/// | `Softmax`, `LogSoftmax` | exp(x) / Σ exp(x), its logarithm | |
/// | `ReLU` | max(x, 0) | |
/// | `LeakyReLU<f64>` | x, where it is negative a constant times x: 0.05 unless given | |
/// | `AccurateGeLU`, `FastGeLU` | x Φ(x), Φ the normal distribution function; its approximation by tanh | |
/// | `Sigmoid`, `Tanh`, `Exp`, `Ln`, `Sin`, `Cos`, `Square`, `Sqrt`, `Abs` | the function of each entry | |
/// | `(F, G, ..)` | F, then G of its value, … | `0.…`, `1.…`, … |
/// | `Repeated<F, N>` | N layers F one after the other | `0.…`, `1.…`, … |
/// | `Residual<F>` | F(x) + x | `0.…` |
/// | `GeneralizedResidual<F, R>` | F(x) + R(x) | `f.…`, `r.…` |
///
/// `DeviceBuildExt` builds a module on a `Cpu`, the device of dfdx, as [`Network::new`](crate::nn::Network::new) does by
/// itself.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::nn::Network;
/// use ppl::nn::layers::{Abs, Linear, Residual, Square};
///
/// let network = Network::new::<(Linear<2, 2>, Residual<Square>, Abs)>(0)?;
/// let names: Vec<&str> = network.parameters().map(|(name, _)| name).collect();
/// assert_eq!(names, ["0.weight", "0.bias"]);
///
/// let identity = |name: &str, _: &Tensor| Ok(if name == "0.weight" { Tensor::eye(2) } else { Tensor::zeros(2) });
/// // |x² + x|
/// assert_eq!(network.with_parameters(identity)?.forward([3.0, -0.5])?.to_vec(), [12.0, 0.25]);
/// # Ok::<(), ppl::Error>(())
/// ```
pub mod layers {
    #[doc(no_inline)]
    pub use dfdx::nn::DeviceBuildExt;
    #[doc(no_inline)]
    pub use dfdx::nn::builders::{
        Abs, AccurateGeLU, Cos, Exp, FastGeLU, GeneralizedResidual, LayerNorm1D, LeakyReLU, Linear, Ln, LogSoftmax,
        PReLU, ReLU, Repeated, Residual, Sigmoid, Sin, Softmax, Sqrt, Square, Tanh, UnbiasedLinear,
    };
    #[doc(no_inline)]
    pub use dfdx::tensor::Cpu;
}

impl<A: BuildOnDevice<Cpu, f64>> Architecture for A
where
    A::Built: Module,
{
    fn network(seed: u64) -> Result<Network> {
        let module = A::try_build_on_device(&Cpu::seed_from_u64(seed))
            .map_err(|error| super::backend::device_error::<Cpu>(&error))?;
        Network::of(&module)
    }
}

/// A tensor of dfdx with the same numbers.
fn read<S: dfdx::shapes::Shape>(tensor: &dfdx::tensor::Tensor<S, f64, Cpu>) -> Tensor {
    let shape: Vec<usize> = tensor.shape().concrete().into_iter().collect();
    Tensor::from_parts(tensor.as_vec(), Shape::from(shape))
}

impl<const I: usize, const O: usize> Module for modules::Linear<I, O, f64, Cpu> {
    fn read(&self, reader: &mut Reader) {
        let weight = reader.parameter("weight", read(&self.weight));
        let bias = Some(reader.parameter("bias", read(&self.bias)));
        reader.layer(Layer::Linear { weight, bias, mask: None });
    }
}

impl<const I: usize, const O: usize> Module for modules::UnbiasedLinear<I, O, f64, Cpu> {
    fn read(&self, reader: &mut Reader) {
        let weight = reader.parameter("weight", read(&self.weight));
        reader.layer(Layer::Linear { weight, bias: None, mask: None });
    }
}

impl<const M: usize> Module for modules::LayerNorm1D<M, f64, Cpu> {
    fn read(&self, reader: &mut Reader) {
        let scale = reader.parameter("gamma", read(&self.gamma));
        let shift = reader.parameter("beta", read(&self.beta));
        reader.layer(Layer::Normalization { scale, shift, epsilon: self.epsilon });
    }
}

impl Module for dfdx::nn::prelu::PReLU<f64, Cpu> {
    fn read(&self, reader: &mut Reader) {
        let slope = reader.parameter("a", read(&self.a));
        reader.layer(Layer::Prelu { slope });
    }
}

impl Module for modules::LeakyReLU<f64> {
    fn read(&self, reader: &mut Reader) {
        let function = |x: &Tensor, slope: f64| Tensor::select(x.greater_equal(0.0), x, x * slope);
        let function = Function::WithConstant(function, self.0);
        reader.layer(Layer::Elementwise(Elementwise { name: "LeakyReLU", function }));
    }
}

macro_rules! functions {
    ($($kind:ident $module:ident = $function:expr;)*) => {
        $(
            impl Module for modules::$module {
                fn read(&self, reader: &mut Reader) {
                    let function = Function::Plain($function);
                    reader.layer(Layer::$kind(Elementwise { name: stringify!($module), function }));
                }
            }
        )*
    };
}

functions! {
    // Its derivative at 0 is dfdx's, where `maximum` would give one half.
    Elementwise ReLU = |x| Tensor::select(x.greater(0.0), x, 0.0);
    // By the normal distribution function, which keeps its digits in the lower tail.
    Elementwise AccurateGeLU = |x| x * x.ndtr();
    Elementwise FastGeLU = |x| {
        let cubic = x + 0.044715 * x * x.square();
        0.5 * x * (1.0 + (std::f64::consts::FRAC_2_PI.sqrt() * cubic).tanh())
    };
    Elementwise Sin = Tensor::sin;
    Elementwise Cos = Tensor::cos;
    Elementwise Ln = Tensor::ln;
    Elementwise Exp = Tensor::exp;
    Elementwise Sigmoid = Tensor::sigmoid;
    Elementwise Tanh = Tensor::tanh;
    Elementwise Square = Tensor::square;
    Elementwise Sqrt = Tensor::sqrt;
    Elementwise Abs = Tensor::abs;
    Vectorwise Softmax = |x| x.softmax(-1);
    Vectorwise LogSoftmax = |x| x.log_softmax(-1);
}

impl<M: Module, const N: usize> Module for modules::Repeated<M, N> {
    fn read(&self, reader: &mut Reader) {
        for (index, module) in self.modules.iter().enumerate() {
            reader.field(&index.to_string(), module);
        }
    }
}

impl<M: Module> Module for modules::Residual<M> {
    fn read(&self, reader: &mut Reader) {
        let branches = vec![reader.branch("0", &self.0), Vec::new()];
        reader.layer(Layer::Sum(branches));
    }
}

impl<F: Module, R: Module> Module for modules::GeneralizedResidual<F, R> {
    fn read(&self, reader: &mut Reader) {
        let branches = vec![reader.branch("f", &self.f), reader.branch("r", &self.r)];
        reader.layer(Layer::Sum(branches));
    }
}

macro_rules! tuples {
    ($([$($module:ident $index:tt),*])*) => {
        $(
            impl<$($module: Module),*> Module for ($($module,)*) {
                fn read(&self, reader: &mut Reader) {
                    $(reader.field(stringify!($index), &self.$index);)*
                }
            }
        )*
    };
}

tuples! {
    [A 0]
    [A 0, B 1]
    [A 0, B 1, C 2]
    [A 0, B 1, C 2, D 3]
    [A 0, B 1, C 2, D 3, E 4]
    [A 0, B 1, C 2, D 3, E 4, F 5]
}

#[cfg(test)]
mod tests {
    use dfdx::nn::{
        BuildOnDevice, Module as _, RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorName,
        ViewTensorRef,
    };
    use dfdx::shapes::Rank2;
    use dfdx::tensor::{CpuError, Gradients, OwnedTape, TensorFrom, TensorFromVec, Trace};
    use dfdx::tensor_ops::{Backward, SumTo};

    use super::layers::*;
    use super::{Architecture, Module, Network, Tensor};
    use crate::grad;
    use crate::testing::engines::assert_program_is_tape;

    type Traced<const N: usize> = dfdx::tensor::Tensor<Rank2<3, N>, f64, Cpu, OwnedTape<f64, Cpu>>;

    /// Three vectors, on both sides of 0.
    const X: [[f64; 4]; 3] = [[0.3, -1.2, 2.1, 0.7], [-0.4, 1.5, -2.2, 0.1], [1.9, 0.6, -0.3, -3.0]];

    /// The tensors of a module as dfdx visits them: names, elements and gradients.
    struct Visitor<'a> {
        gradients: &'a Gradients<f64, Cpu>,
        found: Vec<(String, Vec<f64>, Vec<f64>)>,
    }

    impl TensorVisitor<f64, Cpu> for Visitor<'_> {
        type Viewer = (ViewTensorRef, ViewTensorName);
        type Err = CpuError;
        type E2 = f64;
        type D2 = Cpu;

        fn visit<S: dfdx::shapes::Shape>(
            &mut self,
            _: TensorOptions<S, f64, Cpu>,
            (tensor, name): (&dfdx::tensor::Tensor<S, f64, Cpu>, String),
        ) -> Result<Option<dfdx::tensor::Tensor<S, f64, Cpu>>, CpuError> {
            self.found.push((name, tensor.as_vec(), self.gradients.get(tensor).as_vec()));
            Ok(None)
        }
    }

    fn assert_close(got: &[f64], want: &[f64], what: &str) {
        assert_eq!(got.len(), want.len(), "{what}");
        for (got, want) in got.iter().zip(want) {
            assert!((got - want).abs() <= 1e-12 * (1.0 + want.abs()), "{what}: got {got:e}, want {want:e}");
        }
    }

    /// Values, names, parameters and gradients are dfdx's to 1e-12, and programs compute them too.
    fn is_that_of_dfdx<A, const N: usize>()
    where
        A: BuildOnDevice<Cpu, f64>,
        A::Built: Module + TensorCollection<f64, Cpu> + dfdx::nn::Module<Traced<4>, Output = Traced<N>>,
    {
        let name = std::any::type_name::<A>();
        let device = Cpu::seed_from_u64(1);
        let module = A::try_build_on_device(&device).unwrap();
        let weights: Vec<f64> = (0..3 * N).map(|entry| (entry as f64 + 1.0).sin()).collect();

        let x = device.tensor(X);
        let value = module.forward(x.leaky_trace());
        let want = value.as_vec();
        let weighted = value * device.tensor_from_vec(weights.clone(), Rank2::<3, N>::default());
        let gradients = weighted.sum::<dfdx::shapes::Rank0, _>().backward();
        let mut visitor = Visitor { gradients: &gradients, found: Vec::new() };
        let walker = &mut RecursiveWalker { m: (&module, String::new()), f: &mut visitor };
        assert!(A::Built::iter_tensors(walker).is_ok());
        let found = visitor.found;

        let network = Network::of(&module).unwrap();
        assert_close(&network.forward(X).unwrap().to_vec(), &want, name);
        let ours: Vec<(&str, Tensor)> = network.parameters().map(|(name, value)| (name, value.clone())).collect();
        assert_eq!(ours.len(), found.len(), "{name}");
        let weights = Tensor::new(weights, [3, N]).unwrap();
        let sum = |inputs: &[Tensor]| {
            let mut values = inputs[1..].iter();
            let network = network.with_parameters(|_, _| Ok(values.next().unwrap().clone()))?;
            Ok((network.forward(&inputs[0])? * &weights).sum())
        };
        let inputs: Vec<Tensor> =
            std::iter::once(Tensor::from(X)).chain(ours.iter().map(|(_, value)| value.clone())).collect();
        let (_, slopes) = grad(sum, &inputs).unwrap();
        assert_close(&slopes[0].to_vec(), &gradients.get(&x).as_vec(), name);
        for ((own, found), slope) in ours.iter().zip(&found).zip(&slopes[1..]) {
            assert_eq!(own.0, found.0, "{name}");
            assert_close(&own.1.to_vec(), &found.1, own.0);
            assert_close(&slope.to_vec(), &found.2, &format!("gradient by {} of {name}", own.0));
        }
        assert_program_is_tape(name, &inputs, sum);
    }

    #[test]
    fn layers_are_those_of_dfdx() {
        is_that_of_dfdx::<Linear<4, 2>, 2>();
        is_that_of_dfdx::<UnbiasedLinear<4, 5>, 5>();
        is_that_of_dfdx::<(Linear<4, 3>, PReLU), 3>();
        is_that_of_dfdx::<(LayerNorm1D<4>, Linear<4, 3>), 3>();
        is_that_of_dfdx::<(Linear<4, 3>, LayerNorm1D<3>), 3>();
    }

    #[test]
    fn functions_are_those_of_dfdx() {
        is_that_of_dfdx::<(Linear<4, 3>, ReLU), 3>();
        is_that_of_dfdx::<(Linear<4, 3>, LeakyReLU<f64>), 3>();
        is_that_of_dfdx::<(Linear<4, 3>, FastGeLU), 3>();
        is_that_of_dfdx::<(Linear<4, 3>, Sin), 3>();
        is_that_of_dfdx::<(Linear<4, 3>, Cos), 3>();
        is_that_of_dfdx::<(Linear<4, 3>, Exp, Ln), 3>();
        is_that_of_dfdx::<(Linear<4, 3>, Sigmoid), 3>();
        is_that_of_dfdx::<(Linear<4, 3>, Tanh), 3>();
        is_that_of_dfdx::<(Linear<4, 3>, Square, Sqrt), 3>();
        is_that_of_dfdx::<(Linear<4, 3>, Abs), 3>();
        is_that_of_dfdx::<(Linear<4, 3>, Softmax), 3>();
        is_that_of_dfdx::<(Linear<4, 3>, LogSoftmax), 3>();
    }

    /// dfdx's derivative of it has x φ(x) too large by √2: the value is compared with dfdx, the derivative with Φ(x) + x φ(x).
    #[test]
    fn the_accurate_gelu_has_its_derivative() {
        let module = Cpu::default().build_module::<(Linear<1, 1>, AccurateGeLU), f64>();
        let network = Network::of(&module).unwrap();
        let identity = network.with_parameters(|name, value| Ok(value * 0.0 + f64::from(name == "0.weight"))).unwrap();
        for x in [-3.0_f64, -0.4, 0.0, 0.9, 2.5] {
            let want = AccurateGeLU.forward(Cpu::default().tensor([x])).as_vec();
            let (value, slope) = grad(|x| Ok(identity.forward(&x[0])?.sum()), &[Tensor::from([x])]).unwrap();
            assert_close(&[value], &want, "value");
            let density = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
            assert_close(&slope[0].to_vec(), &[Tensor::from(x).ndtr().item() + x * density], "derivative");
        }
    }

    #[test]
    fn composed_modules_are_those_of_dfdx() {
        is_that_of_dfdx::<Repeated<(Linear<4, 4>, Tanh), 3>, 4>();
        is_that_of_dfdx::<Residual<(Linear<4, 4>, Sigmoid)>, 4>();
        is_that_of_dfdx::<(Residual<Tanh>, GeneralizedResidual<Linear<4, 3>, UnbiasedLinear<4, 3>>), 3>();
        type Deep =
            (Linear<4, 6>, ReLU, (Linear<6, 5>, Tanh), Residual<Repeated<(Linear<5, 5>, Sin), 2>>, Linear<5, 2>, Exp);
        is_that_of_dfdx::<Deep, 2>();
    }

    #[test]
    fn a_seed_gives_one_network() {
        let values = |seed| Network::new::<Linear<3, 2>>(seed).unwrap().parameters().next().unwrap().1.to_vec();
        assert_eq!(values(7), values(7));
        assert_ne!(values(7), values(8));
        // Uniform between ∓ 1 / √inputs.
        assert!(values(7).iter().all(|weight| weight.abs() <= 3_f64.sqrt().recip()));
    }

    #[test]
    fn layers_that_do_not_fit_are_refused() {
        let refusal = |network: crate::Result<Network>| network.unwrap_err().to_string();
        let error = refusal(<(Linear<2, 3>, Tanh, Linear<4, 1>)>::network(0));
        assert!(error.ends_with("got `2.weight` for vectors of size 4 after size 3"), "{error}");
        let error = refusal(Tanh::network(0));
        assert!(error.ends_with("one with a layer of fixed size, as `Linear`, got none"), "{error}");
        let error = refusal(<Residual<Linear<2, 3>>>::network(0));
        assert!(error.ends_with("branches of a residual that give vectors of one size, got sizes 3 and 2"), "{error}");
    }
}
