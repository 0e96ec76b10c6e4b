//! The recorder: what the door notes while a function is recorded as a [`Program`](crate::program::Program).
//!
//! The function runs as always, on the values at one point; a tensor that depends on the input knows its node in the
//! graph. Reading such a value on the host is noted with the reader's line.

use std::cell::RefCell;
use std::panic::Location;

#[cfg(feature = "cuda")]
use super::Device;
use super::apply::{Inline, evaluate, evaluate_numbers};
use super::elementwise::Binary;
use super::primitive::Primitive;
use super::tape::{self, Node, RecordingId};
use super::{Shape, Tensor};
use crate::distribution::sampling::implicit::Implicit;
use crate::program::graph::{Graph, Id, Op, Operands, Take};
use crate::program::noise::{Draw, Noise, Noted};
use crate::program::sampler::Sampler;
use crate::program::{Obstacle, Place};
use crate::random::{Rng, Subsampler};
use crate::{Error, Result};

struct Active {
    id: RecordingId,
    graph: Graph,
    /// What keeps the function from being a program, if anything does.
    obstacle: Option<Obstacle>,
    /// The site that was visited last.
    site: Option<Visit>,
    /// What was drawn, if that is to be drawn anew.
    noise: Option<Noise>,
    /// Numbers that are 0 where the draws could be made, as by parameters in their domains.
    violations: Vec<Id>,
    /// Nodes of the samplers' draws, by sampler index.
    samples: Vec<Id>,
}

impl Active {
    /// Notes what a sampler drew; none if that is not drawn anew.
    fn sample(
        &mut self,
        parameters: &[Id],
        size: usize,
        (before, after): (&Rng, &Rng),
        (sampler, implicit): (Sampler, Option<Implicit>),
    ) -> Option<Id> {
        let Noted { number, after } = self.noise.as_mut()?.push_sampler(before, after, sampler)?;
        let before = after.map(|after| self.samples[after]);
        let operands: Operands = parameters.iter().copied().chain(before).collect();
        let node = self.graph.add(Op::Sample(number, implicit), &operands, size);
        self.samples.push(node);
        Some(node)
    }
}

/// A site of a model.
struct Visit {
    site: String,
    location: &'static Location<'static>,
    is_over: bool,
}

thread_local! {
    static ACTIVE: RefCell<Option<Active>> = const { RefCell::new(None) };
}

/// Whether this recording is the one that is open on this thread.
pub(crate) fn is_active(id: RecordingId) -> bool {
    ACTIVE.with_borrow(|active| active.as_ref().is_some_and(|active| active.id == id))
}

/// Whether a recording is open on this thread.
pub(crate) fn is_open() -> bool {
    ACTIVE.with_borrow(Option::is_some)
}

/// What was recorded: the operations, the results among them, and what was drawn. The last result is the number of
/// parameters of draws that are outside of their domains.
pub(crate) type Finished = (Graph, Vec<Id>, Noise);

/// A recording on this thread, for as long as it lives, whatever becomes of the function being recorded.
pub(crate) struct Recording {
    id: RecordingId,
}

impl Recording {
    /// Opens a recording of a function of this point and these data, which may draw noise or not.
    pub(crate) fn open(point: &[f64], noise: Option<Noise>, data: &[Tensor]) -> Result<(Self, Tensor, Vec<Tensor>)> {
        if tape::is_open() || is_open() {
            return Err(Error::Recording {
                problem: "a recording inside a function that is being recorded or differentiated".to_owned(),
            });
        }
        let id = tape::open_recording();
        let mut graph = Graph::raw();
        let input = graph.input(point.len());
        let data = data.iter().enumerate().map(|(number, tensor)| match tensor.size() {
            0 => tensor.plain(),
            size => tensor.plain().with_node(id, graph.data(number, size)),
        });
        let data = data.collect();
        ACTIVE.set(Some(Active {
            id,
            graph,
            obstacle: None,
            site: None,
            noise,
            violations: Vec::new(),
            samples: Vec::new(),
        }));
        let point = Tensor::from_parts(point.to_vec(), Shape::from(point.len())).with_node(id, input);
        Ok((Self { id }, point, data))
    }

    /// The graph, the function's results in it, and what was drawn; or what keeps it from being a program.
    pub(crate) fn finish(self, outputs: &[Tensor]) -> Result<std::result::Result<Finished, Obstacle>> {
        let mut ids = with(|active| outputs.iter().map(|output| node_of(active, output)).collect::<Result<Vec<_>>>())?;
        let Some(Active { mut graph, obstacle, noise, violations, .. }) = ACTIVE.take() else {
            unreachable!("the recording is open")
        };
        let none = graph.number(0.0);
        ids.push(violations.into_iter().fold(none, |sum, own| graph.add(Op::Binary(Binary::Add), &[sum, own], 1)));
        Ok(match obstacle {
            None => Ok((graph, ids, noise.unwrap_or_default())),
            Some(obstacle) => Err(obstacle),
        })
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        tape::close_recording(self.id);
        ACTIVE.set(None);
    }
}

fn with<T>(function: impl FnOnce(&mut Active) -> Result<T>) -> Result<T> {
    ACTIVE.with_borrow_mut(|active| match active {
        Some(active) => function(active),
        None => unreachable!("the recording is open"),
    })
}

/// The node of a tensor: that which it has, or a constant.
fn node_of(active: &mut Active, tensor: &Tensor) -> Result<Id> {
    match tensor.node.and_then(Node::recording) {
        None => Ok(active.graph.tensor(tensor)),
        Some((id, place)) if id == active.id => Ok(active.graph.id_at(place)),
        Some(_) => Err(Error::Recording {
            problem: "a value of a recorded function was kept and used in another recording, where it is a number of \
                      the past: return it from the function instead"
                .to_owned(),
        }),
    }
}

impl Tensor {
    /// Whether it depends on the input of a recording, of this one or of another.
    pub(crate) fn was_recorded(&self) -> bool {
        self.node.and_then(Node::recording).is_some()
    }

    /// Whether it depends on the input of the recording that is open on this thread.
    pub(crate) fn is_recorded(&self) -> bool {
        self.node.and_then(Node::recording).is_some_and(|(id, _)| is_active(id))
    }

    /// Refuses a tensor that another thread is recording: here it would silently become a constant.
    ///
    /// # Panics
    /// Then.
    #[track_caller]
    pub(crate) fn check_thread(&self) {
        if let Some((id, _)) = self.node.and_then(Node::recording) {
            let is_elsewhere = !is_active(id) && tape::is_open_anywhere(id);
            assert!(!is_elsewhere, "a tensor that another thread is recording was used on this one");
        }
    }

    /// Whether all elements are this number, whatever the input of a recording is.
    pub(crate) fn is_known_to_be_all(&self, number: f64) -> bool {
        !self.is_recorded() && self.elements().iter().all(|&element| element == number)
    }

    /// Whether no element can be larger than that number, because all are known.
    pub(crate) fn is_known_to_be_at_most(&self, number: f64) -> bool {
        !self.is_tracked() && self.elements().iter().all(|&element| element <= number)
    }

    /// Notes that the elements are read.
    ///
    /// # Panics
    /// As [`check_thread`](Self::check_thread).
    #[track_caller]
    pub(crate) fn note_read(&self, by: &'static str) {
        if self.is_tracked() && !self.is_recorded() {
            tape::count_read();
        }
        self.note(|place| Obstacle::Read { by, place });
    }

    /// Notes that the numbers of a plate's members are read.
    ///
    /// # Panics
    /// As [`check_thread`](Self::check_thread).
    #[track_caller]
    pub(crate) fn note_members(&self, plate: &str) {
        self.note(|place| Obstacle::Members { plate: plate.to_owned(), place });
    }

    #[track_caller]
    fn note(&self, obstacle: impl FnOnce(Place) -> Obstacle) {
        self.check_thread();
        self.count_read();
        if self.is_recorded() {
            let location = Location::caller();
            ACTIVE.with_borrow_mut(|active| {
                if let Some(active) = active {
                    let place = if is_library(location) { active.place() } else { Place::Line(location) };
                    active.obstacle.get_or_insert_with(|| obstacle(place));
                }
            });
        }
    }

    /// Notes that the elements are formatted: by whom, the standard library does not tell.
    pub(crate) fn note_format(&self) {
        if self.is_recorded() {
            ACTIVE.with_borrow_mut(|active| {
                if let Some(active) = active {
                    let place = active.place();
                    active.obstacle.get_or_insert(Obstacle::Format { place });
                }
            });
        }
    }

    /// The same elements without a place in the recording.
    fn plain(&self) -> Self {
        Self { node: None, origin: None, ..self.clone() }
    }

    fn with_node(self, id: RecordingId, node: Id) -> Self {
        Self { node: Some(Node::of_recording(id, node.place())), ..self }
    }
}

/// Numbers that were drawn: an input of the function that is being recorded, if it is one that draws.
pub(crate) fn noise(values: Tensor, before: &Rng, after: &Rng, fill: fn(&mut Rng, &mut [f64])) -> Tensor {
    let node = ACTIVE.with_borrow_mut(|active| {
        let active = active.as_mut()?;
        let noise = active.noise.as_mut()?;
        if noise.is_within(before) && values.size() > 0 {
            let node = active.sample(&[], values.size(), (before, after), (Sampler::Noise(fill), None))?;
            return Some((active.id, node));
        }
        let first = noise.push(before, after, Draw::Numbers(fill), values.size())?;
        (values.size() > 0).then(|| (active.id, active.graph.noise(first, values.size())))
    });
    match node {
        Some((id, node)) => values.with_node(id, node),
        None => values,
    }
}

/// Members of so many, which were drawn without replacement: an input of the function that is being recorded, if it is one
/// that draws, and has a gradient.
pub(crate) fn subsample(members: &[usize], size: usize, before: &Rng, after: &Rng) -> Option<Tensor> {
    ACTIVE.with_borrow_mut(|active| {
        let Active { id, graph, noise: Some(noise), .. } = active.as_mut()? else { return None };
        if noise.takes_samplers() || noise.is_within(before) {
            return None;
        }
        let first = noise.push(before, after, Draw::Members(Subsampler::new(size)), members.len())?;
        let node = graph.noise(first, members.len());
        let members: Vec<f64> = members.iter().map(|&member| member as f64).collect();
        Some(Tensor::from(members).with_node(*id, node))
    })
}

/// Whether two tensors are the same numbers that were drawn, in this recording.
pub(crate) fn is_one_draw(a: &Tensor, b: &Tensor) -> bool {
    ACTIVE.with_borrow(|active| {
        let Some(Active { id, graph, .. }) = active else { return false };
        let op = |tensor: &Tensor| {
            let (_, place) = tensor.node.and_then(Node::recording).filter(|(own, _)| own == id)?;
            Some(&graph.node(graph.id_at(place)).op)
        };
        matches!((op(a), op(b)), (Some(Op::Noise(a)), Some(Op::Noise(b))) if a == b)
    })
}

/// Gathers places that are drawn anew at each evaluation.
pub(crate) fn gather(primitive: &Primitive, axis: usize, source: &Tensor, drawn: &Tensor) -> Result<Tensor> {
    source.check_thread();
    drawn.check_thread();
    let value = evaluate(primitive, &[source], &[source.shape()])?;
    if value.size() == 0 {
        return Ok(value);
    }
    with(|active| {
        let operands = [node_of(active, source)?, node_of(active, drawn)?];
        let (outer, length, inner) = source.shape().around(axis);
        let take = Take { outer, length, inner, count: drawn.size() };
        Ok(value.with_node(active.id, active.graph.add(Op::Take(take), &operands, take.output_size())))
    })
}

/// Whether a program without a gradient is being recorded, of which draws that know their parameters are a part.
pub(crate) fn takes_samplers() -> bool {
    ACTIVE.with_borrow(|active| {
        active.as_ref().and_then(|active| active.noise.as_ref()).is_some_and(Noise::takes_samplers)
    })
}

/// Whether draws are a part of what is being recorded, at least those that move with their parameters.
pub(crate) fn takes_draws() -> bool {
    ACTIVE.with_borrow(|active| active.as_ref().is_some_and(|active| active.noise.is_some()))
}

/// Numbers that a sampler drew by these parameters, each of which is as large, or has rows of them; how they move with the
/// parameters, or nothing if they do not. The generator is given as it was before, and as it is.
pub(crate) fn sample(
    values: Tensor,
    parameters: &[Tensor],
    generator: (&Rng, &Rng),
    sampler: (Sampler, Option<Implicit>),
) -> Result<Tensor> {
    if values.size() == 0 {
        return Ok(values);
    }
    with(|active| {
        let operands = parameters.iter().map(|parameter| node_of(active, parameter)).collect::<Result<Vec<_>>>()?;
        Ok(match active.sample(&operands, values.size(), generator, sampler) {
            Some(node) => values.with_node(active.id, node),
            None => values,
        })
    })
}

/// Notes how many parameters of a draw are outside of their domains, where the draws will be made anew without checks.
pub(crate) fn note_violations(count: impl FnOnce() -> Result<Tensor>) -> Result<()> {
    if !takes_samplers() {
        return Ok(());
    }
    let count = count()?;
    if count.is_recorded() {
        with(|active| {
            let node = node_of(active, &count)?;
            active.violations.push(node);
            Ok(())
        })?;
    }
    Ok(())
}

/// Notes which site is visited, and where its model stands.
pub(crate) fn visit(site: &str, location: &'static Location<'static>) {
    ACTIVE.with_borrow_mut(|active| {
        if let Some(active) = active {
            active.site = Some(Visit { site: site.to_owned(), location, is_over: false });
        }
    });
}

/// Notes that the site was visited.
pub(crate) fn leave() {
    ACTIVE.with_borrow_mut(|active| {
        if let Some(Active { site: Some(visit), .. }) = active {
            visit.is_over = true;
        }
    });
}

impl Active {
    /// Where the function is, as its sites tell.
    fn place(&self) -> Place {
        match &self.site {
            None => Place::BeforeSites,
            Some(Visit { site, location, is_over: false }) => Place::Within { site: site.clone(), location },
            Some(Visit { site, location, is_over: true }) => Place::After { site: site.clone(), location },
        }
    }
}

/// Whether a line is one of this crate or of the standard library, whose callers are not known: what is called through the
/// trait of an operator, say, as by `&a > &b` or `assert_eq!`.
fn is_library(location: &Location<'_>) -> bool {
    let file = location.file();
    let is_standard = ["/library/core/src/", "/library/alloc/src/", "/library/std/src/"]
        .iter()
        .any(|folder| file.replace('\\', "/").contains(folder));
    let own = file!();
    let sources = &own[..own.len() - "tensor/record.rs".len()];
    is_standard || (file.starts_with(sources) && !(cfg!(test) && file.contains("tests")))
}

/// Whether something keeps the function from being a program.
fn has_obstacle() -> bool {
    ACTIVE.with_borrow(|active| active.as_ref().is_some_and(|active| active.obstacle.is_some()))
}

/// Draws the value of a site, and notes if it draws what is not noise, which would not be drawn anew, or reads what
/// depends on the input.
pub(crate) fn drawing<T>(site: &str, rng: &mut Rng, draw: impl FnOnce(&mut Rng) -> T) -> T {
    let had_obstacle = has_obstacle();
    let value = draw(rng);
    ACTIVE.with_borrow_mut(|active| {
        let Some(active) = active else { return };
        let is_noise = active.noise.as_ref().map_or(rng.get_word_pos() == 0, |noise| noise.is_known(rng));
        if !had_obstacle && (active.obstacle.is_some() || !is_noise) {
            active.obstacle = Some(Obstacle::Draw { site: site.to_owned() });
        }
    });
    value
}

/// Applies a primitive and notes it.
pub(crate) fn record(primitive: &Primitive, inputs: &[&Tensor]) -> Result<Tensor> {
    if let Some(number) = evaluate_numbers(primitive, inputs) {
        return note(primitive, inputs, &[Shape::SCALAR; 3][..inputs.len()], Tensor::scalar(number));
    }
    let shapes: Inline<Shape> = inputs.iter().map(|input| input.shape()).collect();
    let value = match evaluate(primitive, inputs, &shapes) {
        // As while a density is being differentiated: a matrix outside the domain is an outcome, not an error.
        Err(Error::SingularMatrix { .. }) => Tensor::full(primitive.output_shape(&shapes)?, f64::NAN),
        value => value?,
    };
    if value.size() == 0 {
        return Ok(value);
    }
    note(primitive, inputs, &shapes, value)
}

/// Notes a primitive, of inputs of these shapes, that has this value.
fn note(primitive: &Primitive, inputs: &[&Tensor], shapes: &[Shape], value: Tensor) -> Result<Tensor> {
    with(|active| {
        #[cfg(feature = "cuda")]
        if let Some(ordinal) = super::cuda::chosen(inputs) {
            // The user's data are on the device to be worked on there.
            let place = active.place();
            active.obstacle.get_or_insert(Obstacle::Device { device: Device::of_cuda(ordinal), place });
            return Ok(value.plain());
        }
        let operands = inputs.iter().map(|input| node_of(active, input)).collect::<Result<Operands>>()?;
        let node = active.graph.apply(primitive, &operands, shapes, value.shape());
        Ok(if active.graph.as_constant(node).is_some() { value } else { value.with_node(active.id, node) })
    })
}

/// The same value, cut off from the gradient.
pub(crate) fn detach(tensor: &Tensor) -> Tensor {
    let node = with(|active| {
        let node = node_of(active, tensor)?;
        Ok((active.id, active.graph.detach(node)))
    });
    match node {
        Ok((id, node)) => tensor.plain().with_node(id, node),
        Err(error) => super::fail(error),
    }
}
