//! From a schedule to a program: where each value stands in memory, and the instructions.

use std::sync::Arc;

use pulp::Arch;
use rustc_hash::FxHashMap;

use super::graph::{Graph, Id, Numbers, Op};
use super::instruction::{
    Carried, Code, Draws, Finish, Instruction, Load, Loop, Repeat, Slot, Step, StepPart, Tables, Whole,
};
use super::memory::{LANES, Memory, lines_of};
use super::noise::Noise;
use super::parallel::Threads;
use super::products::ROWS_TOGETHER;
use super::recurrence::{Given, Recurrence};
use super::schedule::{Kind, Stage, is_run, kind, needs_whole, schedule};
use super::value::{OfValue, ValuePart, nodes_of_value};
use super::{Program, whole};

/// A part of the gradient: where it stands, and the elements of the gradient that it is added to, times a sign.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) places: Places,
    pub(super) sign: f64,
    pub(super) line: u32,
    pub(super) elements: usize,
}

/// Which elements of the input a part of the gradient belongs to.
#[derive(Clone, Debug)]
pub(super) enum Places {
    All,
    From(usize),
    At(Arc<[usize]>),
}

impl Places {
    pub(super) fn new(map: Option<&Arc<[usize]>>) -> Self {
        match map {
            None => Self::All,
            Some(map) if is_run(map) => Self::From(map[0]),
            Some(map) => Self::At(map.clone()),
        }
    }
}

/// Lines of a block: what is in the making stays in the fastest cache, and an instruction has enough to do.
const LARGEST_BLOCK: usize = 32;
/// Of that cache, for the blocks in the making, and for a block of a matrix.
const BLOCKS_LINES: usize = 384;
const PANEL_LINES: usize = 384;

/// Work of a loop, in lines of a plain operation, from which on several threads may share it: some 4 µs, of which two
/// threads save one.
const LARGE_WORK: usize = 5_000;

/// How long an operation takes for a line, in plain operations.
fn work_per_line(op: &Op) -> usize {
    match Code::elementwise(op) {
        Some(
            Code::Exp
            | Code::Ln
            | Code::Ln1p
            | Code::Expm1
            | Code::Expm1x
            | Code::Log1pSquare
            | Code::ExpOfMinusAbs
            | Code::Softplus,
        ) => 8,
        Some(Code::Unary(_) | Code::Binary(_) | Code::Derivative(_) | Code::Partial(..)) => 64,
        Some(Code::Cumulative(_)) => 512,
        Some(_) => 1,
        None => match op {
            Op::MatVec(panels) | Op::TransposedMatVec(panels) => panels.columns(),
            Op::Move(_) | Op::Scatter(..) => 4,
            _ => 1,
        },
    }
}

/// Lays out the stages of a graph.
pub(super) fn program(
    mut graph: Graph,
    stages: Vec<Stage>,
    value: Id,
    mut gradient: Vec<(Places, f64, Id)>,
    noise: Noise,
) -> Program {
    let copied = cover_first(&graph, &mut gradient);
    let roots: Vec<Id> = gradient.iter().map(|&(.., id)| id).chain([value]).collect();
    let of_value = OfValueNodes::Some(nodes_of_value(&graph, value));
    let mut planner = Planner::new(&graph, &stages, &roots, Layout::default(), FxHashMap::default(), of_value);
    planner.stages(&stages);
    let slots = &planner.slots;
    let outputs = (value, gradient.iter().map(|&(.., id)| id).collect());
    let value = slots[&value].line;
    let gradient: Vec<Part> = gradient
        .into_iter()
        .map(|(places, sign, id)| {
            let Slot { line, stride, .. } = slots[&id];
            Part { places, sign, line, elements: if stride == 0 { 1 } else { graph.size(id) } }
        })
        .collect();
    let (mut loads, mut noise_line_of, mut data) = (Vec::new(), FxHashMap::default(), Vec::new());
    let mut memory = Memory::zeros(planner.layout.memory.end as usize);
    planner.layout.constants.iter().for_each(|(slot, numbers)| write(&mut memory, *slot, numbers.elements()));
    for (place, node) in graph.nodes().iter().enumerate() {
        let id = graph.id_at(place);
        let Some(slot) = slots.get(&id).filter(|_| kind(&graph, id) == Kind::Given) else { continue };
        match &node.op {
            Op::Constant(_) => {}
            Op::Noise(first) => {
                noise_line_of.insert(*first, slot.line);
            }
            Op::Data(number) => data.push((*number, Load { start: 0, elements: node.size, line: slot.line })),
            Op::Move(map) => loads.push(Load { start: map[0], elements: node.size, line: slot.line }),
            _ => loads.push(Load { start: 0, elements: node.size, line: slot.line }),
        }
    }
    let mut first = 0;
    let noise_lines = noise
        .counts()
        .map(|count| {
            let line = noise_line_of.get(&first).copied();
            first += count;
            line
        })
        .collect();
    let Layout { instructions, tables, steps, of_value, .. } = planner.layout;
    // Without a gradient there is nothing to leave out.
    let has_gradient = !gradient.is_empty();
    let value_part = has_gradient.then(|| Arc::new(ValuePart::new(&steps, &instructions, &tables, &of_value)));
    graph.forget_data();
    Program {
        instructions,
        tables,
        steps,
        memory,
        loads,
        data,
        noise_lines,
        noise,
        draw: None,
        value,
        gradient,
        copied,
        value_part,
        threads: Threads::default(),
        processor: Arch::new(),
        fallback: None,
        run_size: 0,
        is_reduced: false,
        #[cfg(feature = "jit")]
        native: None,
        text: Arc::new((graph, stages)),
        outputs,
    }
}

/// Puts parts of the gradient that have each element once to the beginning, and says how many they are: none if there are
/// no such. They are written, where others are added to what is there.
fn cover_first(graph: &Graph, gradient: &mut Vec<(Places, f64, Id)>) -> usize {
    let elements = graph.nodes().iter().find(|node| node.op == Op::Input).map_or(0, |node| node.size);
    // The largest part from each place.
    let mut from: FxHashMap<usize, usize> = FxHashMap::default();
    for (part, &(ref places, _, id)) in gradient.iter().enumerate() {
        if let &Places::From(start) = places {
            let largest = from.entry(start).or_insert(part);
            if graph.size(id) >= graph.size(gradient[*largest].2) {
                *largest = part;
            }
        }
    }
    let (mut cover, mut is_covering, mut end) = (Vec::new(), vec![false; gradient.len()], 0);
    while end < elements {
        let Some(&next) = from.get(&end) else { return 0 };
        cover.push(next);
        is_covering[next] = true;
        end += graph.size(gradient[next].2);
    }
    let rest = (0..gradient.len()).filter(|&part| !is_covering[part]);
    *gradient = cover.iter().copied().chain(rest).map(|part| gradient[part].clone()).collect();
    cover.len()
}

/// Writes a constant; what is beyond its end is as its last element, so that nothing unheard-of is computed of it.
fn write(memory: &mut Memory, slot: Slot, elements: &[f64]) {
    let last = elements[elements.len() - 1];
    let lines = &mut memory.lines_mut()[slot.line as usize..][..lines_of(elements.len())];
    lines.as_flattened_mut().fill(last);
    lines.as_flattened_mut()[..elements.len()].copy_from_slice(elements);
}

/// Lines that are taken and given back.
#[derive(Default)]
struct Lines {
    free: FxHashMap<u32, Vec<u32>>,
    end: u32,
}

impl Lines {
    fn take(&mut self, lines: u32) -> u32 {
        self.free.get_mut(&lines).and_then(Vec::pop).unwrap_or_else(|| self.take_new(lines))
    }

    /// Lines that nothing has used before.
    fn take_new(&mut self, lines: u32) -> u32 {
        self.end += lines;
        self.end - lines
    }

    fn give_back(&mut self, line: u32, lines: u32) {
        self.free.entry(lines).or_default().push(line);
    }
}

/// What comes of the plan: also that of a recurrence's step, which is a graph of its own.
#[derive(Default)]
struct Layout {
    memory: Lines,
    instructions: Vec<Instruction>,
    steps: Vec<Step>,
    of_value: OfValue,
    tables: Tables,
    constants: Vec<(Slot, Numbers)>,
}

impl Layout {
    fn push_step(&mut self, step: Step, is_of_value: bool) {
        self.steps.push(step);
        self.of_value.steps.push(is_of_value);
    }
}

/// The nodes that the value is made of: some, or all or none of a recurrence's step.
enum OfValueNodes {
    Some(Vec<bool>),
    AllOrNone(bool),
}

impl OfValueNodes {
    fn contains(&self, id: Id) -> bool {
        match self {
            Self::Some(nodes) => nodes[id.place()],
            Self::AllOrNone(all) => *all,
        }
    }
}

struct Planner<'a> {
    graph: &'a Graph,
    slots: FxHashMap<Id, Slot>,
    layout: Layout,
    /// By position in the schedule: what nothing needs from there on.
    ending: FxHashMap<usize, Vec<Id>>,
    /// Whether a node is needed after its loop, or as a whole: then all of it has a place.
    is_kept: Vec<bool>,
    /// The last node of the same loop that needs a node.
    last_in_loop: FxHashMap<Id, Id>,
    of_value: OfValueNodes,
}

impl<'a> Planner<'a> {
    /// For a graph of which some nodes have their places already.
    fn new(
        graph: &'a Graph,
        stages: &[Stage],
        roots: &[Id],
        layout: Layout,
        slots: FxHashMap<Id, Slot>,
        of_value: OfValueNodes,
    ) -> Self {
        let count = graph.nodes().len();
        let mut stage_of = vec![usize::MAX; count];
        let mut last_use = vec![0; count];
        let mut is_kept = vec![false; count];
        let mut last_in_loop = FxHashMap::default();
        for (number, stage) in stages.iter().enumerate() {
            stage.nodes().iter().for_each(|id| stage_of[id.place()] = number);
        }
        let mut position = 0;
        for (number, stage) in stages.iter().enumerate() {
            let end = position + stage.nodes().len();
            for &id in stage.nodes() {
                position += 1;
                let node = graph.node(id);
                for &operand in &node.operands {
                    let place = operand.place();
                    // A loop comes back to its first instruction: what it reads is needed to its end.
                    let until = if matches!(stage, Stage::Numbers(_)) { position } else { end };
                    last_use[place] = last_use[place].max(until);
                    if stage_of[place] == number && !needs_whole(&node.op) {
                        last_in_loop.insert(operand, id);
                    } else {
                        is_kept[place] = true;
                    }
                }
                // A result that nothing needs is not in the graph, but for roots.
                last_use[id.place()] = last_use[id.place()].max(end);
            }
        }
        for root in roots {
            last_use[root.place()] = usize::MAX;
            is_kept[root.place()] = true;
        }
        let mut planner = Self { graph, slots, layout, ending: FxHashMap::default(), is_kept, last_in_loop, of_value };
        for (place, node) in graph.nodes().iter().enumerate() {
            let id = graph.id_at(place);
            if kind(graph, id) == Kind::Given {
                // Matrices that are laid out elsewhere are not needed here.
                if last_use[place] == 0 || planner.slots.contains_key(&id) {
                    continue;
                }
                let slot = if let Op::Constant(numbers) = &node.op {
                    // It is written once, before the first step.
                    let line = planner.layout.memory.take_new(lines_of(node.size) as u32);
                    let slot = if node.size == 1 { Slot::number(line) } else { Slot::array(line) };
                    planner.layout.constants.push((slot, numbers.clone()));
                    slot
                } else {
                    planner.kept(node.size)
                };
                planner.slots.insert(id, slot);
            } else if last_use[place] != usize::MAX {
                planner.ending.entry(last_use[place]).or_default().push(id);
            }
        }
        planner
    }

    fn stages(&mut self, stages: &[Stage]) {
        let mut position = 0;
        for stage in stages {
            match stage {
                Stage::Numbers(nodes) => {
                    let start = self.layout.instructions.len() as u32;
                    for &id in nodes {
                        let slot = Slot::number(self.layout.memory.take(1));
                        self.slots.insert(id, slot);
                        self.emit(id);
                        position += 1;
                        self.give_back(position);
                    }
                    let code = start..self.layout.instructions.len() as u32;
                    self.layout.push_step(Step::Numbers(code), true);
                }
                Stage::Whole(id) => {
                    if let Op::Recurrence(recurrence) = &self.graph.node(*id).op {
                        self.recurrence(*id, recurrence);
                    } else {
                        self.whole(*id);
                    }
                    position += 1;
                    self.give_back(position);
                }
                Stage::Loop { elements, nodes } => {
                    let pass = self.pass(*elements, nodes);
                    self.layout.push_step(Step::Loop(pass), true);
                    position += nodes.len();
                    self.give_back(position);
                }
            }
        }
    }

    /// An operation on whole arrays.
    fn whole(&mut self, id: Id) {
        let node = self.graph.node(id);
        let (lines, scratch) = (lines_of(node.size) as u32, whole::scratch(&node.op));
        let line = self.layout.memory.take(lines + scratch);
        let slot = if node.size == 1 { Slot::number(line) } else { Slot::array(line) };
        self.slots.insert(id, slot);
        let operands = node.operands.iter().map(|operand| (self.slots[operand].line, self.graph.size(*operand)));
        let output = (line, node.size);
        let step = if let Op::Sample(sampler, _) = node.op {
            let first = |(line, size): (u32, usize)| (line as usize * LANES, size);
            Step::Sample(Draws { sampler, operands: operands.map(first).collect(), output: first(output) })
        } else {
            Step::Whole(Whole { op: node.op.clone(), operands: operands.collect(), output, scratch })
        };
        self.layout.push_step(step, self.of_value.contains(id));
        if scratch > 0 {
            self.layout.memory.give_back(line + lines, scratch);
        }
    }

    /// The steps of a recurrence's body, between those that give it what it needs and keep what it makes of it.
    fn recurrence(&mut self, id: Id, recurrence: &Recurrence) {
        let Recurrence { body, next, steps, from_the_end, .. } = recurrence;
        let node = self.graph.node(id);
        let states = self.kept(node.size);
        self.slots.insert(id, states);
        let given = recurrence.given(&node.operands);
        // What is the same in all steps is where it is.
        let mut slots: FxHashMap<Id, Slot> = FxHashMap::default();
        let mut data: FxHashMap<usize, Id> = FxHashMap::default();
        for (place, node) in body.nodes().iter().enumerate() {
            let Op::Data(number) = node.op else { continue };
            let inside = body.id_at(place);
            data.insert(number, inside);
            if let Some(Given::Same(outside)) = number.checked_sub(next.len()).map(|number| given[number]) {
                slots.insert(inside, self.slots[&outside]);
            }
        }
        let number = self.layout.tables.repeats.len();
        let is_of_value = self.of_value.contains(id);
        self.layout.push_step(Step::Begin(number), is_of_value);
        let begin = self.layout.steps.len();
        let stages = schedule(body, next);
        let of_value = OfValueNodes::AllOrNone(is_of_value);
        let mut inner = Planner::new(body, &stages, next, std::mem::take(&mut self.layout), slots, of_value);
        inner.stages(&stages);
        let slots = inner.slots;
        self.layout = inner.layout;
        self.layout.push_step(Step::Again(number), is_of_value);

        let mut carries = Vec::with_capacity(next.len());
        let mut first = states.line as usize * LANES;
        for (part, &next) in next.iter().enumerate() {
            let elements = body.size(next);
            let initial = self.slots[&node.operands[part]].line;
            // Nothing may be left that needs it.
            let before = data.get(&part).and_then(|before| slots.get(before)).copied();
            let before = before.unwrap_or_else(|| self.kept(elements)).line;
            let is_passed_on = matches!(body.node(next).op, Op::Data(_));
            carries.push(Carried { initial, before, next: slots[&next].line, elements, states: first, is_passed_on });
            first += elements * steps;
        }
        let mut parts = Vec::new();
        for (which, &given) in given.iter().enumerate() {
            if let Given::Each(array) = given
                && let Some(inside) = data.get(&(next.len() + which))
                && let Some(slot) = slots.get(inside)
            {
                let from = self.slots[&array].line as usize * LANES;
                parts.push(StepPart { from, elements: body.size(*inside), line: slot.line });
            }
        }
        let lines = states.line..states.line + lines_of(node.size) as u32;
        let (from_the_end, last) = (*from_the_end, node.size);
        let repeat = Repeat { steps: *steps, from_the_end, body: begin, carries, parts, states: lines, last };
        self.layout.tables.repeats.push(repeat);
    }

    /// A place for a number, or for an array as a whole.
    fn kept(&mut self, size: usize) -> Slot {
        let line = self.layout.memory.take(lines_of(size) as u32);
        if size == 1 { Slot::number(line) } else { Slot::array(line) }
    }

    fn give_back(&mut self, position: usize) {
        for id in self.ending.remove(&position).unwrap_or_default() {
            let slot = self.slots[&id];
            // What is not kept is a block of its loop, or in lines of another array.
            if slot.stride == 0 || self.is_kept[id.place()] {
                self.layout.memory.give_back(slot.line, lines_of(self.graph.size(id)) as u32);
            }
        }
    }

    /// The instructions of a loop.
    fn pass(&mut self, elements: usize, nodes: &[Id]) -> Loop {
        // Which of the blocks in the making each node has, by number.
        let mut block_of: FxHashMap<Id, u32> = FxHashMap::default();
        let (mut free, mut blocks): (Vec<u32>, u32) = (Vec::new(), 0);
        let mut columns = 0;
        for &id in nodes {
            let node = self.graph.node(id);
            if let Op::MatVec(panels) | Op::TransposedMatVec(panels) = &node.op {
                columns = columns.max(panels.columns());
            }
            if matches!(kind(self.graph, id), Kind::Elements(_))
                && !self.is_kept[id.place()]
                && self.within(id, nodes).is_none()
            {
                let block = free.pop().unwrap_or_else(|| {
                    blocks += 1;
                    blocks - 1
                });
                block_of.insert(id, block);
            }
            for (which, operand) in node.operands.iter().enumerate() {
                // Once, where an operand stands in two places.
                if !node.operands[..which].contains(operand)
                    && self.last_in_loop.get(operand) == Some(&id)
                    && let Some(&block) = block_of.get(operand)
                {
                    free.push(block);
                }
            }
        }
        let lines = lines_of(elements);
        let mut block = LARGEST_BLOCK.min(BLOCKS_LINES / blocks.max(1) as usize);
        if let Some(lines) = PANEL_LINES.checked_div(columns) {
            block = block.min(lines);
        }
        let block = (block / ROWS_TOGETHER * ROWS_TOGETHER).max(ROWS_TOGETHER).min(lines);
        let base = self.layout.memory.take(blocks * block as u32);

        let start = self.layout.instructions.len() as u32;
        let (mut zeros, mut finish, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        let mut sums = Vec::new();
        for &id in nodes {
            let node = self.graph.node(id);
            if let Some(slot) = self.within(id, nodes) {
                self.slots.insert(id, slot);
                continue;
            }
            let slot = match (block_of.get(&id), &node.op) {
                (Some(number), _) => Slot::block(base + number * block as u32),
                (None, Op::Sum(_) | Op::Dot) => {
                    let slot = self.kept(1);
                    // That of one line is not added to anything.
                    if lines > 1 {
                        zeros.push(slot.line..slot.line + 1);
                    }
                    slot
                }
                (None, Op::Scatter(..)) => {
                    let slot = self.kept(node.size);
                    zeros.push(slot.line..slot.line + lines_of(node.size) as u32);
                    slot
                }
                (None, Op::TransposedMatVec(panels)) if panels.in_place().is_some() => {
                    let slot = self.kept(node.size);
                    zeros.push(slot.line..slot.line + lines_of(node.size) as u32);
                    slot
                }
                (None, Op::TransposedMatVec(_)) => {
                    let slot = self.kept(node.size);
                    let count = node.size as u32;
                    let from = self.layout.memory.take(count);
                    sums.push((from, count));
                    zeros.push(from..from + count);
                    finish.push(Finish { from, elements: count, to: slot.line });
                    slot
                }
                _ => {
                    let slot = self.kept(node.size);
                    kept.push(slot.line);
                    slot
                }
            };
            self.slots.insert(id, slot);
            self.emit(id);
            if let Some(&(from, _)) = sums.last()
                && matches!(&node.op, Op::TransposedMatVec(panels) if panels.in_place().is_none())
                && let Some(instruction) = self.layout.instructions.last_mut()
            {
                instruction.output = Slot::number(from);
            }
        }
        sums.into_iter().for_each(|(from, count)| self.layout.memory.give_back(from, count));
        self.layout.memory.give_back(base, blocks * block as u32);
        let work: usize = nodes.iter().map(|&id| work_per_line(&self.graph.node(id).op) * lines).sum();
        let code = start..self.layout.instructions.len() as u32;
        Loop { elements, block, code, is_large: work >= LARGE_WORK, kept, zeros, finish }
    }

    /// Where elements that follow each other, and are not needed after the loop, stand already: on whole lines of the array
    /// that they are taken from.
    fn within(&self, id: Id, nodes: &[Id]) -> Option<Slot> {
        let node = self.graph.node(id);
        let Op::Move(map) = &node.op else { return None };
        let source = *self.slots.get(&node.operands[0])?;
        // It would write zeros beyond the last of them.
        let is_filled_up = |&user: &Id| {
            let user = self.graph.node(user);
            matches!(user.op, Op::TransposedMatVec(_)) && user.operands.contains(&id)
        };
        let is_there = !self.is_kept[id.place()]
            && source.stride == 1
            && is_run(map)
            && map[0].is_multiple_of(LANES)
            && !nodes.iter().any(is_filled_up);
        is_there.then(|| Slot { line: source.line + (map[0] / LANES) as u32, ..source })
    }

    /// Adds the instruction of a node, which has its place.
    fn emit(&mut self, id: Id) {
        let node = self.graph.node(id);
        let mut operands = [Slot::default(); 3];
        for (slot, operand) in operands.iter_mut().zip(&node.operands) {
            *slot = self.slots[operand];
        }
        let code = match &node.op {
            Op::Move(map) => self.movement(map, node.operands[0]),
            Op::Scatter(map, _) => {
                let mut runs: Vec<(u32, u32)> = Vec::new();
                for (element, &place) in map.iter().enumerate() {
                    if runs.last().is_none_or(|&(_, last)| last != place as u32) {
                        runs.push((element as u32, place as u32));
                    }
                }
                // Most have a run to themselves: then there is nothing to gain.
                if runs.len() * 3 <= map.len() {
                    runs.push((map.len() as u32, u32::MAX));
                    self.layout.tables.runs.push(runs.into());
                    Code::ScatterRuns(self.layout.tables.runs.len() as u32 - 1)
                } else {
                    Code::Scatter(self.map(map))
                }
            }
            Op::Sum(_) => Code::Sum,
            Op::Dot => Code::Dot,
            Op::MatVec(panels) => {
                self.layout.tables.panels.push(panels.clone());
                Code::MatVec(self.layout.tables.panels.len() as u32 - 1)
            }
            Op::TransposedMatVec(panels) => {
                self.layout.tables.panels.push(panels.clone());
                Code::TransposedMatVec(self.layout.tables.panels.len() as u32 - 1)
            }
            op => match Code::elementwise(op) {
                Some(code) => code,
                None => unreachable!("{op} is an operation on whole arrays"),
            },
        };
        self.layout.instructions.push(Instruction { code, output: self.slots[&id], operands });
        self.layout.of_value.instructions.push(self.of_value.contains(id));
    }

    fn movement(&mut self, map: &[usize], source: Id) -> Code {
        let is_array = self.slots[&source].stride == 1;
        match map {
            _ if !is_array => Code::Copy,
            [place] => Code::Element(*place as u32),
            _ if is_run(map) => Code::Shift(map[0] as u32),
            _ => Code::Gather(self.map(map)),
        }
    }

    /// A map, filled up to whole lines by its last place.
    fn map(&mut self, map: &[usize]) -> u32 {
        let last = map[map.len() - 1];
        let places = (0..lines_of(map.len()) * LANES).map(|element| *map.get(element).unwrap_or(&last) as u32);
        self.layout.tables.maps.push(places.collect());
        self.layout.tables.maps.len() as u32 - 1
    }
}
