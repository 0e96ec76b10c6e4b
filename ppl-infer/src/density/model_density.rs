//! `ModelDensity`: the log density of a model, by a recorded program or by the tape.

use std::sync::Arc;

use ppl::program::{HessianProgram, Program, Recorded, record, record_hessian};
use ppl::random::Key;
use ppl::tensor::singular_as_nan;
use ppl::{Model, Tensor, grad};

use super::agreement::{Difference, Evaluation, Rounding, Verdict, compare, moved, positions};
use super::engine::{EngineUsed, WhyTape};
use super::run::{Purpose, run_at};
use super::{Engine, Layout};
use crate::{Error, LogDensity, Result};

/// The log density of a model on its unconstrained space: log p(latent, observed) with the Jacobians of the maps from
/// unconstrained values.
///
/// A model whose control flow does not depend on its latent sites is recorded by one run, and evaluated by the program
/// that this gives. Any other is run at every evaluation, on the tape; [`engine_in_use`](Self::engine_in_use) says which,
/// and why.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::{LogDensity, density::ModelDensity};
///
/// #[model]
/// fn scale() {
///     sample!("scale", Exponential::new(1.0));
/// }
///
/// // With scale = eᵘ: log p(u) = -eᵘ + u.
/// let mut density = ModelDensity::new(scale())?;
/// let mut gradient = [0.0];
/// let value = density.value_and_gradient(&[0.5], &mut gradient)?;
/// assert!((value - (0.5 - 0.5_f64.exp())).abs() < 1e-15);
/// assert!((gradient[0] - (1.0 - 0.5_f64.exp())).abs() < 1e-15);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ModelDensity<M> {
    model: M,
    layout: Arc<Layout>,
    purpose: Purpose,
    pub(super) engine: EngineUsed,
    /// Recorded when it is first needed.
    hessian: Option<Box<HessianProgram>>,
}

impl<M: Model> ModelDensity<M> {
    /// The density of a model, whose sites are found by one run.
    ///
    /// # Errors
    /// Those of the run; a discrete latent site; a subsampled plate.
    pub fn new(model: M) -> Result<Self> {
        let layout = Arc::new(Layout::new(&model, Key::new(0))?);
        Ok(Self::with_layout(model, layout, Engine::default()))
    }

    /// The density of a model whose layout is known.
    pub(crate) fn with_layout(model: M, layout: Arc<Layout>, engine: Engine) -> Self {
        Self::with_purpose(model, layout, engine, Purpose::Density)
    }

    /// The density of the sites' own values, without the Jacobians: its maximum is the mode of the posterior as the
    /// model states it.
    pub(crate) fn without_jacobians(model: M, layout: Arc<Layout>, engine: Engine) -> Self {
        Self::with_purpose(model, layout, engine, Purpose::ConstrainedDensity)
    }

    fn with_purpose(model: M, layout: Arc<Layout>, engine: Engine, purpose: Purpose) -> Self {
        let in_use = EngineUsed::Tape(WhyTape::Requested);
        Self { model, layout, purpose, engine: in_use, hessian: None }.engine(engine)
    }

    /// Sets the engine.
    #[must_use]
    pub fn engine(self, engine: Engine) -> Self {
        let engine = match engine {
            Engine::Recorded => self.record(),
            Engine::Tape => EngineUsed::Tape(WhyTape::Requested),
        };
        Self { engine, hessian: None, ..self }
    }

    /// Evaluates a recorded model on so many threads, where it has loops over data that are worth it; see
    /// [`Program::set_threads`].
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        if let EngineUsed::Recorded(program, _) = &mut self.engine {
            program.set_threads(threads);
        }
        self
    }

    /// The engine that evaluates the density; if the model is not recorded, why and where, and if rounding moves its
    /// density by more than 0.001 about the middle of the unconstrained space, by how much.
    #[must_use]
    pub fn engine_in_use(&self) -> String {
        self.engine.to_string()
    }

    /// The recorded program, which prints itself one step a line; none if the model is run at every evaluation.
    #[must_use]
    pub fn program(&self) -> Option<&Program> {
        match &self.engine {
            EngineUsed::Recorded(program, _) => Some(program),
            EngineUsed::Tape(_) => None,
        }
    }

    /// Records the model, and compares the program with runs.
    fn record(&self) -> EngineUsed {
        let mut program = match self.new_program() {
            Ok(program) => program,
            Err(reason) => return EngineUsed::Tape(reason),
        };
        let mut rounding = Rounding::default();
        for position in positions(program.run_size()) {
            match self.check(&mut program, &position.coordinates(self.layout.dim())) {
                Ok(_) if position.is_in_tail() => {}
                Ok(own) => rounding = rounding.max(own),
                Err(reason) => return EngineUsed::Tape(reason),
            }
        }
        EngineUsed::Recorded(program, rounding)
    }

    fn new_program(&self) -> std::result::Result<Box<Program>, WhyTape> {
        // Its coordinates all differ, and are others than those of the comparisons, where values that were taken for
        // constants would not show.
        let point: Vec<f64> =
            (0..self.layout.dim()).map(|coordinate| (coordinate as f64 * 0.618 + 0.1).fract() - 0.5).collect();
        match record(&point, |position| self.log_density_at(position)) {
            Ok(Recorded::Static(program)) => Ok(program),
            Ok(Recorded::Dynamic(read)) => Err(WhyTape::Dynamic(read)),
            Err(error) => Err(WhyTape::Failed(error.to_string())),
        }
    }

    /// Compares a program with a run at a position.
    fn check(&self, program: &mut Program, position: &[f64]) -> std::result::Result<Rounding, WhyTape> {
        let run = |number| {
            let mut gradient = vec![0.0; position.len()];
            let value = self.run(&moved(position, number), &mut gradient)?;
            Ok(Evaluation { value, gradient })
        };
        let failed = |error: crate::Error| WhyTape::Failed(error.to_string());
        let by_program = evaluate(program, position);
        let by_run = run(0).map_err(failed)?;
        match compare(&by_program, &by_run, |number| evaluate(program, &moved(position, number)), run) {
            Ok(Verdict::Agree(rounding)) => Ok(rounding),
            Ok(Verdict::Impure) => Err(WhyTape::Impure),
            // The model may have become another one between the recording and the run.
            Ok(Verdict::Differ(difference)) => {
                let anew = self.new_program().map(|mut anew| evaluate(&mut anew, position));
                let is_same = anew.is_ok_and(|anew| anew.is_same(&by_program));
                Err(if is_same { WhyTape::Differs(self.describe(difference)) } else { WhyTape::Impure })
            }
            Err(error) => Err(failed(error)),
        }
    }

    fn describe(&self, Difference { coordinate, program, run }: Difference) -> String {
        let site = coordinate.and_then(|coordinate| self.layout.site_of(coordinate));
        let quantity = site.map_or_else(
            || "the log density".to_owned(),
            |site| format!("the derivative of the log density by the unconstrained `{}`", site.name),
        );
        format!("{quantity} ({program}, and {run} by a run)")
    }

    /// A run of the model at a position that is being recorded.
    fn log_density_at(&self, position: &Tensor) -> ppl::Result<Tensor> {
        let run = run_at(&self.model, &self.layout, self.layout.split_tensor(position), self.purpose);
        Ok(run?.log_density())
    }

    /// Writes the Hessian of the log density at a position, times a direction, over `product`.
    ///
    /// By a program of its own where the model is recorded, exact but for rounding; else by central differences of the
    /// gradient, to some eight digits.
    ///
    /// # Errors
    /// Those of the run.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl_infer::density::ModelDensity;
    ///
    /// #[model]
    /// fn pair() {
    ///     let x = sample!("x", Normal::new(0.0, 1.0));
    ///     sample!("y", Normal::new(&x * 2.0, 1.0));
    /// }
    ///
    /// // −½ x² − ½ (y − 2x)² has the Hessian [[−5, 2], [2, −1]].
    /// let mut density = ModelDensity::new(pair())?;
    /// let mut product = [0.0; 2];
    /// density.hessian_vector_product(&[0.3, 0.7], &[1.0, 1.0], &mut product)?;
    /// assert_eq!(product, [-3.0, 1.0]);
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    pub fn hessian_vector_product(&mut self, position: &[f64], direction: &[f64], product: &mut [f64]) -> Result<()> {
        if let Some(hessian) = self.hessian_program(position) {
            hessian.product(position, direction, product);
            return Ok(());
        }
        // No coordinate moves by more than its own size allows: another one may be of any other.
        let moves = position.iter().zip(direction).map(|(x, by)| by.abs() / x.abs().max(1.0));
        let furthest = moves.fold(0.0, f64::max);
        let step = f64::EPSILON.cbrt() / if furthest > 0.0 { furthest } else { 1.0 };
        let mut behind = vec![0.0; product.len()];
        for (sign, gradient) in [(1.0, &mut *product), (-1.0, &mut behind)] {
            let moved: Vec<f64> = position.iter().zip(direction).map(|(x, by)| x + sign * step * by).collect();
            self.value_and_gradient(&moved, gradient)?;
        }
        product.iter_mut().zip(&behind).for_each(|(ahead, behind)| *ahead = (*ahead - behind) / (2.0 * step));
        Ok(())
    }

    /// The Hessian of the log density at a position, row by row; see
    /// [`hessian_vector_product`](Self::hessian_vector_product).
    ///
    /// # Shapes
    /// `position` has the dimension of the density, and the result that number squared.
    ///
    /// # Errors
    /// Those of the run.
    pub fn hessian(&mut self, position: &[f64]) -> Result<Vec<f64>> {
        let dim = position.len();
        let (mut direction, mut hessian) = (vec![0.0; dim], vec![0.0; dim * dim]);
        for (row, product) in hessian.chunks_exact_mut(dim.max(1)).enumerate() {
            direction[row] = 1.0;
            self.hessian_vector_product(position, &direction, product)?;
            direction[row] = 0.0;
        }
        // Rounding, or differences, may have made one half differ from the other.
        for row in 0..dim {
            for column in 0..row {
                let mean = 0.5 * (hessian[row * dim + column] + hessian[column * dim + row]);
                hessian[row * dim + column] = mean;
                hessian[column * dim + row] = mean;
            }
        }
        Ok(hessian)
    }

    /// The program of the Hessian; none if the model is not recorded.
    fn hessian_program(&mut self, position: &[f64]) -> Option<&mut HessianProgram> {
        if self.hessian.is_none()
            && matches!(self.engine, EngineUsed::Recorded(..))
            && let Ok(Recorded::Static(hessian)) = record_hessian(position, |position| self.log_density_at(position))
        {
            self.hessian = Some(hessian);
        }
        self.hessian.as_deref_mut()
    }

    /// Where each latent site stands in the unconstrained vector.
    #[must_use]
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &M {
        &self.model
    }
}

impl<M: Model> LogDensity for ModelDensity<M> {
    fn dim(&self) -> usize {
        self.layout.dim()
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64> {
        match &mut self.engine {
            EngineUsed::Recorded(program, _) => Ok(program.value_and_gradient(position, gradient)),
            EngineUsed::Tape(_) => self.run(position, gradient),
        }
    }

    fn value(&mut self, position: &[f64]) -> Result<f64> {
        match &mut self.engine {
            EngineUsed::Recorded(program, _) => Ok(program.value(position)),
            EngineUsed::Tape(_) => self.run_without_gradient(position),
        }
    }
}

impl<M: Model> ModelDensity<M> {
    /// Value and gradient by a run of the model on the tape.
    fn run(&self, position: &[f64], gradient: &mut [f64]) -> Result<f64> {
        let log_density = |leaves: &[Tensor]| -> ppl::Result<Tensor> {
            Ok(run_at(&self.model, &self.layout, leaves.to_vec(), self.purpose)?.log_density())
        };
        let (value, gradients) = match grad(log_density, &self.layout.split(position)) {
            Err(error) if error.is_outside_domain() && self.depends_on_position(&error, position) => {
                gradient.fill(f64::NAN);
                return Ok(f64::NAN);
            }
            outcome => outcome?,
        };
        for (site, by_site) in self.layout.sites().iter().zip(gradients) {
            gradient[site.offset..site.offset + site.unconstrained_shape.size()].copy_from_slice(&by_site.to_vec());
        }
        Ok(value)
    }

    /// The value by a run of the model without a tape: parameters outside of their domains are errors of such a run.
    fn run_without_gradient(&self, position: &[f64]) -> Result<f64> {
        let run = || run_at(&self.model, &self.layout, self.layout.split(position), self.purpose);
        match singular_as_nan(run).0 {
            Ok(run) => Ok(run.log_density().try_item()?),
            Err(Error::Model(error)) if error.is_outside_domain() && self.depends_on_position(&error, position) => {
                Ok(f64::NAN)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether an invalid parameter, which the model has made of latent values that it read or detached, is another one
    /// nearby, or nearer to the origin: exp(x) is 0 at −800 and next to it. One that is not is a constant.
    fn depends_on_position(&self, error: &ppl::Error, position: &[f64]) -> bool {
        let nearby = |x: &f64| x + 1e-6 * x.abs().max(1.0);
        let others = [position.iter().map(nearby).collect(), position.iter().map(|x| 0.01 * x).collect::<Vec<f64>>()];
        others.iter().any(|other| match run_at(&self.model, &self.layout, self.layout.split(other), self.purpose) {
            Err(Error::Model(other)) => other.to_string() != error.to_string(),
            _ => true,
        })
    }

    /// The same density, of a borrowed model.
    pub(super) fn clone_density(&self) -> ModelDensity<&M> {
        ModelDensity {
            model: &self.model,
            layout: Arc::clone(&self.layout),
            purpose: self.purpose,
            engine: self.engine.clone(),
            hessian: None,
        }
    }
}

fn evaluate(program: &mut Program, position: &[f64]) -> Evaluation {
    let mut gradient = vec![0.0; position.len()];
    Evaluation { value: program.value_and_gradient(position, &mut gradient), gradient }
}
