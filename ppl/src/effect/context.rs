//! `Ctx`: one run of a model, and the dispatcher of its messages.

use std::any::Any;
use std::collections::BTreeSet;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use super::data_check;
use super::help::{self, Origin};
use super::plate::{allocate_dim, plates_shape, site_batch_shape, subsample};
use super::{
    DeterministicMessage, FactorMessage, Handler, IntoObservation, Message, Model, ParamMessage, PlateFrame,
    PlateIndex, PlateMessage, SampleMessage, ShapeRow, ShapeTable, Subsample,
};
use crate::distribution::{Expanded, IntoDistribution};
use crate::handler::Scope;
use crate::random::Key;
use crate::site::SiteKind;
use crate::tensor::{drawn, record};
use crate::violation::Brief;
use crate::{Constraint, Error, Result, Shape, Tensor};

/// One run of a model: the stack of handlers, the random key, the open plates and the names so far.
///
/// The site macros are calls of its methods.
pub struct Ctx {
    key: Key,
    /// Innermost last.
    handlers: Vec<Box<dyn Handler>>,
    plates: Vec<PlateFrame>,
    names: BTreeSet<String>,
    /// The shapes so far, and whether data are checked: only in runs that are not repeated by the thousand.
    shapes: Option<ShapeTable>,
    /// Count of reads of drawn values before this run.
    reads: u64,
    /// Where wrong parameters may come from; kept as long as the shapes are.
    origins: Vec<Origin>,
}

impl Ctx {
    /// A run without handlers, whose sites draw by this key.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self {
            key,
            handlers: Vec::new(),
            plates: Vec::new(),
            names: BTreeSet::new(),
            shapes: Some(ShapeTable::default()),
            reads: drawn::reads(),
            origins: Vec::new(),
        }
    }

    /// Leaves out the checks that need to be made only once for a model and its data: that observations are in the
    /// support, and the table of shapes that errors show.
    #[must_use]
    pub fn without_validation(self) -> Self {
        Self { shapes: None, ..self }
    }

    /// The key that sites draw by.
    #[must_use]
    pub fn key(&self) -> Key {
        self.key
    }

    /// The open plates, outermost first.
    #[must_use]
    pub fn plates(&self) -> &[PlateFrame] {
        &self.plates
    }

    /// Runs `body` inside a handler, and gives back the handler with what it has gathered.
    ///
    /// # Errors
    /// Those of `body`, and of the handler's [`finish`](Handler::finish).
    pub fn enter<H: Handler, T>(&mut self, handler: H, body: impl FnOnce(&mut Self) -> Result<T>) -> Result<(T, H)> {
        let depth = self.handlers.len();
        self.handlers.push(Box::new(handler));
        let output = body(self);
        self.handlers.truncate(depth + 1);
        let popped: Box<dyn Any> = match self.handlers.pop() {
            Some(handler) => handler,
            None => unreachable!("the handler was pushed above, and what is pushed later was cut off"),
        };
        let mut handler = match popped.downcast::<H>() {
            Ok(handler) => *handler,
            Err(_) => unreachable!("the handler was pushed above as this type"),
        };
        let output = output?;
        handler.finish(&self.names)?;
        Ok((output, handler))
    }

    /// `sample!`: a latent site.
    ///
    /// # Errors
    /// Those of the distribution, of handlers, of a shape that does not fit the plates, of a name that was used.
    #[track_caller]
    pub fn sample(&mut self, name: impl Into<String>, distribution: impl IntoDistribution) -> Result<Tensor> {
        self.random_site(name.into(), distribution, None)
    }

    /// `observe!`: an observed site, or a latent one where there are no data.
    ///
    /// # Errors
    /// As [`sample`](Self::sample); data of another shape than the site's, or outside the support.
    #[track_caller]
    pub fn observe(
        &mut self,
        name: impl Into<String>,
        distribution: impl IntoDistribution,
        data: impl IntoObservation,
    ) -> Result<Tensor> {
        self.random_site(name.into(), distribution, data.into_observation())
    }

    /// `param!`: a learnable parameter, with the value to begin with.
    ///
    /// # Errors
    /// A value outside the constraint; a name that was used.
    #[track_caller]
    pub fn param(
        &mut self,
        name: impl Into<String>,
        init: impl Into<Tensor>,
        constraint: Constraint,
    ) -> Result<Tensor> {
        let (name, init) = (name.into(), init.into());
        record::visit(&name, Location::caller());
        let site = name.clone();
        let message = ParamMessage { name, init, constraint, value: None, is_hidden: false };
        self.dispatch(Message::Param(message), |message| {
            let Message::Param(param) = message else { unreachable!("handlers cannot change a message's kind") };
            if param.value.is_none() {
                if param.constraint.contains(&param.init.detach()).to_vec().contains(&0.0) {
                    return Err(Error::InvalidValue {
                        expected: param.constraint.to_string(),
                        got: Brief(&param.init).to_string(),
                    });
                }
                param.value = Some(param.init.clone());
            }
            Ok(())
        })
        .map(|message| match message {
            Message::Param(ParamMessage { value: Some(value), .. }) if self.shapes.is_some() => {
                let value = value.into_drawn();
                self.origins.push(Origin::param(&site, &value));
                value
            }
            Message::Param(ParamMessage { value: Some(value), .. }) => value,
            _ => unreachable!("a parameter's value was settled above"),
        })
        .map_err(|error| error.at_site(&site))
    }

    /// `deterministic!`: a recorded quantity.
    ///
    /// # Errors
    /// A name that was used.
    #[track_caller]
    pub fn deterministic(&mut self, name: impl Into<String>, value: impl Into<Tensor>) -> Result<Tensor> {
        let (name, value) = (name.into(), value.into());
        record::visit(&name, Location::caller());
        let site = name.clone();
        let plates = self.plates.clone();
        let message = DeterministicMessage { name, value, plates, is_hidden: false };
        match self.dispatch(Message::Deterministic(message), |_| Ok(())) {
            Ok(Message::Deterministic(message)) => Ok(message.value),
            Ok(_) => unreachable!("handlers cannot change a message's kind"),
            Err(error) => Err(error.at_site(&site)),
        }
    }

    /// `factor!`: a term of the log density.
    ///
    /// Inside plates it stands for one term a member, as every statement there does: a scalar counts as often as the
    /// plates have members.
    ///
    /// # Errors
    /// A name that was used; a term whose shape does not fit the plates.
    #[track_caller]
    pub fn factor(&mut self, name: impl Into<String>, log_weight: impl Into<Tensor>) -> Result<()> {
        let (name, log_weight) = (name.into(), log_weight.into());
        record::visit(&name, Location::caller());
        let site = name.clone();
        let plates = self.plates.clone();
        let scale = plates.iter().map(PlateFrame::scale).product();
        site_batch_shape(&log_weight.shape(), &plates)
            .ok_or_else(|| self.plate_shape_error("factor", &name, SiteKind::Factor, log_weight.shape(), Shape::SCALAR))
            .and_then(|shape| log_weight.try_broadcast_to(shape))
            .and_then(|log_weight| {
                let message = FactorMessage { name, log_weight, scale, mask: None, plates, is_hidden: false };
                self.dispatch(Message::Factor(message), |_| Ok(()))
            })
            .map(|_| ())
            .map_err(|error| error.at_site(&site))
    }

    /// `call!(child(args))`: runs a sub-model in this run.
    ///
    /// # Errors
    /// Those of the sub-model.
    pub fn call<M: Model>(&mut self, model: M) -> Result<M::Output> {
        model.run(self)
    }

    /// `call!("scope", child(args))`: runs a sub-model whose sites are named `scope/…`.
    ///
    /// # Errors
    /// Those of the sub-model.
    pub fn call_scoped<M: Model>(&mut self, scope: impl Into<String>, model: M) -> Result<M::Output> {
        Ok(self.enter(Scope::new(scope), |ctx| model.run(ctx))?.0)
    }

    /// `plate!`: opens a plate, of all its members or of a subsample, on the axis `dim` or the rightmost free one.
    ///
    /// # Errors
    /// A subsample larger than the plate or empty; a given member twice or from outside of the plate; an axis that is taken.
    #[track_caller]
    pub fn open_plate(
        &mut self,
        name: impl Into<String>,
        size: usize,
        subsample: impl Into<Subsample>,
        dim: Option<isize>,
    ) -> Result<PlateIndex> {
        let name = name.into();
        record::visit(&name, Location::caller());
        let site = name.clone();
        self.try_open_plate(name, size, subsample.into(), dim).map_err(|error| error.at_site(&site))
    }

    fn try_open_plate(
        &mut self,
        name: String,
        size: usize,
        members: Subsample,
        dim: Option<isize>,
    ) -> Result<PlateIndex> {
        members.check(size)?;
        let subsample_size = members.count(size);
        let own = match members {
            Subsample::Members(members) => Some(members),
            Subsample::All | Subsample::Size(_) => None,
        };
        let dim = allocate_dim(&name, dim, &self.plates)?;
        let message = PlateMessage { name, size, subsample_size, indices: own.clone(), key: None, is_hidden: false };
        let own_key = self.key;
        let mut drawn = None;
        let message = self.dispatch(Message::Plate(message), |message| {
            let Message::Plate(plate) = message else { unreachable!("handlers cannot change a message's kind") };
            match &plate.indices {
                None => {
                    let mut rng = plate.key.unwrap_or(own_key).rng(&plate.name, 0);
                    let (size, subsample_size) = (plate.size, plate.subsample_size);
                    let members = record::drawing(&plate.name, &mut rng, |rng| subsample(size, subsample_size, rng));
                    plate.indices = Some(members.0.clone());
                    drawn = Some(members);
                }
                Some(given) => {
                    if let Some(own) = own.as_ref().filter(|own| *own != given) {
                        return Err(Error::InvalidArgument {
                            operation: "plate!",
                            argument: "indices",
                            expected: format!("those of the model's `subsample`, {own:?}"),
                            got: format!("{given:?}"),
                        });
                    }
                    if let Some(index) = given.iter().find(|&&index| index >= plate.size) {
                        return Err(Error::InvalidArgument {
                            operation: "plate!",
                            argument: "indices",
                            expected: format!("below the plate's size {}", plate.size),
                            got: index.to_string(),
                        });
                    }
                }
            }
            Ok(())
        })?;
        let Message::Plate(PlateMessage { name, indices: Some(indices), .. }) = message else {
            unreachable!("a plate's indices were settled above")
        };
        // A handler may have put others there.
        let drawn = drawn.and_then(|(members, drawn)| drawn.filter(|_| members == indices));
        let index = PlateIndex::new(&name, size, indices, drawn);
        self.plates.push(PlateFrame { name, size, index: index.clone(), dim });
        Ok(index)
    }

    /// Closes the innermost open plate.
    pub fn close_plate(&mut self) {
        self.plates.pop();
    }

    pub(crate) fn plate_depth(&self) -> usize {
        self.plates.len()
    }

    pub(crate) fn close_plates_to(&mut self, depth: usize) {
        self.plates.truncate(depth);
    }

    #[track_caller]
    fn random_site(
        &mut self,
        name: String,
        distribution: impl IntoDistribution,
        data: Option<Tensor>,
    ) -> Result<Tensor> {
        record::visit(&name, Location::caller());
        let site = name.clone();
        self.try_random_site(name, distribution, data).map_err(|error| error.at_site(&site))
    }

    fn try_random_site(
        &mut self,
        name: String,
        distribution: impl IntoDistribution,
        data: Option<Tensor>,
    ) -> Result<Tensor> {
        let mut distribution =
            distribution.into_distribution().map_err(|error| help::parameter(error, &self.origins))?;
        let (own, event) = (distribution.batch_shape(), distribution.event_shape());
        let kind = if data.is_some() { SiteKind::Observed } else { SiteKind::Latent };
        let batch = site_batch_shape(&own, &self.plates)
            .ok_or_else(|| self.plate_shape_error(distribution.name(), &name, kind, own, event))?;
        if batch != own {
            distribution = Arc::new(Expanded::new(distribution, batch)?);
        }
        let message = SampleMessage {
            name,
            distribution,
            is_observed: data.is_some(),
            value: data,
            scale: self.plates.iter().map(PlateFrame::scale).product(),
            mask: None,
            plates: self.plates.clone(),
            key: None,
            is_hidden: false,
        };
        let own_key = self.key;
        let (mut shapes, reads) = (self.shapes.take(), self.reads);
        let outcome = self.dispatch(Message::Sample(message), |message| {
            let Message::Sample(site) = message else { unreachable!("handlers cannot change a message's kind") };
            settle(site, own_key, kind == SiteKind::Observed, shapes.as_mut(), reads)
        });
        self.shapes = shapes;
        match outcome? {
            Message::Sample(SampleMessage { name, distribution, value: Some(value), is_observed, .. }) => {
                if !is_observed && self.shapes.is_some() {
                    self.origins.push(Origin::latent(&name, distribution.name(), &value));
                }
                Ok(value)
            }
            _ => unreachable!("the site's value was settled above"),
        }
    }

    /// Sends a message through the handlers: inner to outer, settle, outer to inner.
    fn dispatch(&mut self, mut message: Message, settle: impl FnOnce(&mut Message) -> Result<()>) -> Result<Message> {
        let mut outermost = self.handlers.len();
        for (position, handler) in self.handlers.iter_mut().enumerate().rev() {
            outermost = position;
            handler.before(&mut message)?;
            if message.is_hidden() {
                break;
            }
        }
        // A plate may be entered again, as for a second block of sites over the same members.
        if !matches!(message, Message::Plate(_)) && !self.names.insert(message.name().to_owned()) {
            return Err(Error::DuplicateSite { name: message.name().to_owned() });
        }
        settle(&mut message)?;
        for handler in &mut self.handlers[outermost..] {
            handler.after(&mut message)?;
        }
        record::leave();
        Ok(message)
    }

    fn plate_shape_error(
        &self,
        distribution: &'static str,
        name: &str,
        kind: SiteKind,
        batch_shape: Shape,
        event_shape: Shape,
    ) -> Error {
        let mut table = self.shapes.clone().unwrap_or_default();
        table.push(ShapeRow {
            site: name.to_owned(),
            kind,
            plates: self.plates.iter().map(|plate| plate.name.clone()).collect(),
            batch: Some(batch_shape),
            event: Some(event_shape),
            value: None,
        });
        let plates: Vec<String> = self.plates.iter().map(PlateFrame::to_string).collect();
        Error::PlateShape {
            distribution,
            batch_shape,
            plates: format!("{} = {}", plates.join(", "), plates_shape(&self.plates)),
            table: format!("{}{table}", help::plate_shape(&batch_shape, &self.plates)),
        }
    }
}

/// Draws the value if it has none, and checks the one that it has; `is_data` if that is the model's own.
fn settle(
    site: &mut SampleMessage,
    own_key: Key,
    is_data: bool,
    shapes: Option<&mut ShapeTable>,
    reads: u64,
) -> Result<()> {
    let expected = site.shape();
    let was_given = site.value.is_some();
    let value = match site.value.take() {
        Some(value) => value,
        None => {
            let mut rng = site.key.unwrap_or(own_key).rng(&site.name, 0);
            let draw = |rng: &mut _| site.distribution.sample(rng, &Shape::SCALAR);
            drawn::without_counting_reads(|| record::drawing(&site.name, &mut rng, draw))?
        }
    };
    let Some(shapes) = shapes else {
        return if value.shape() == expected {
            site.value = Some(value);
            Ok(())
        } else {
            Err(value_shape_error(site, &value, is_data, ShapeTable::default()))
        };
    };
    shapes.push(shape_row(site, &value));
    if value.shape() != expected {
        return Err(value_shape_error(site, &value, is_data, shapes.clone()));
    }
    if was_given && site.is_observed {
        data_check::check(site, &value, reads)?;
    }
    // What depends on a latent site is no constant of the model.
    site.value = Some(if site.is_observed { value } else { value.into_drawn() });
    Ok(())
}

fn shape_row(site: &SampleMessage, value: &Tensor) -> ShapeRow {
    ShapeRow {
        site: site.name.clone(),
        kind: if site.is_observed { SiteKind::Observed } else { SiteKind::Latent },
        plates: site.plates.iter().map(|plate| plate.name.clone()).collect(),
        batch: Some(site.distribution.batch_shape()),
        event: Some(site.distribution.event_shape()),
        value: Some(value.shape()),
    }
}

fn value_shape_error(site: &SampleMessage, value: &Tensor, is_data: bool, mut table: ShapeTable) -> Error {
    if table.rows().is_empty() {
        table.push(shape_row(site, value));
    }
    let help = if is_data { help::data_shape(site, &value.shape()) } else { String::new() };
    Error::ValueShape {
        expected: site.shape(),
        got: value.shape(),
        batch_shape: Box::new(site.distribution.batch_shape()),
        event_shape: Box::new(site.distribution.event_shape()),
        table: format!("{help}{table}"),
    }
}

impl fmt::Debug for Ctx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ctx")
            .field("key", &self.key)
            .field("handlers", &self.handlers.len())
            .field("plates", &self.plates)
            .field("names", &self.names)
            .finish()
    }
}
