//! From a schedule to a program: where each value stands in memory, and the instructions.

use rustc_hash::FxHashMap;
use std::sync::Arc;

use super::graph::{Graph, Id, Op};
use super::instruction::{Code, Draws, Finish, Instruction, Load, Loop, Slot, Step, Tables, Whole};
use super::memory::{LANES, Memory, lines_of};
use super::noise::Noise;
use super::parallel::Threads;
use super::products::ROWS_TOGETHER;
use super::schedule::{Kind, Stage, is_run, kind, needs_whole};
use super::{Program, whole};

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

/// Work of a loop, in lines of a plain operation, from which on several threads may share it: some 4 µs, of which two threads save one.
const LARGE_WORK: usize = 5_000;

/// How long an operation takes for a line, in plain operations.
fn work_per_line(op: &Op) -> usize {
    match Code::elementwise(op) {
        Some(Code::Exp | Code::Ln | Code::Ln1p | Code::ExpOfMinusAbs | Code::Softplus) => 8,
        Some(Code::Unary(_) | Code::Binary(_) | Code::Derivative(_) | Code::Partial(..)) => 64,
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
    graph: Graph,
    stages: Vec<Stage>,
    value: Id,
    gradient: Vec<(Places, Id)>,
    noise: Noise,
) -> Program {
    let mut planner = Planner::new(&graph, &stages, value, &gradient);
    let mut steps = Vec::new();
    let mut position = 0;
    for stage in &stages {
        match stage {
            Stage::Numbers(nodes) => {
                let start = planner.instructions.len() as u32;
                for &id in nodes {
                    let slot = Slot::number(planner.memory.take(1));
                    planner.slots.insert(id, slot);
                    planner.emit(id);
                    position += 1;
                    planner.give_back(position);
                }
                steps.push(Step::Numbers(start..planner.instructions.len() as u32));
            }
            Stage::Whole(id) => {
                let node = graph.node(*id);
                let (lines, scratch) = (lines_of(node.size) as u32, whole::scratch(&node.op));
                let line = planner.memory.take(lines + scratch);
                let slot = if node.size == 1 { Slot::number(line) } else { Slot::array(line) };
                planner.slots.insert(*id, slot);
                let operands = node.operands.iter().map(|operand| (planner.slots[operand].line, graph.size(*operand)));
                let output = (line, node.size);
                if let Op::Sample(sampler) = node.op {
                    let first = |(line, size): (u32, usize)| (line as usize * LANES, size);
                    let operands = operands.map(first).collect();
                    steps.push(Step::Sample(Draws { sampler, operands, output: first(output) }));
                } else {
                    let operands = operands.collect();
                    steps.push(Step::Whole(Whole { op: node.op.clone(), operands, output, scratch }));
                }
                if scratch > 0 {
                    planner.memory.give_back(line + lines, scratch);
                }
                position += 1;
                planner.give_back(position);
            }
            Stage::Loop { elements, nodes } => {
                steps.push(Step::Loop(planner.pass(*elements, nodes)));
                position += nodes.len();
                planner.give_back(position);
            }
        }
    }
    let slots = &planner.slots;
    let outputs = (value, gradient.iter().map(|&(_, id)| id).collect());
    let value = slots[&value].line;
    let gradient: Vec<(Places, u32, usize)> = gradient
        .into_iter()
        .map(|(places, id)| {
            let is_number = slots[&id].stride == 0;
            (places, slots[&id].line, if is_number { 1 } else { graph.size(id) })
        })
        .collect();
    let is_partition = is_partition(&gradient, input_size(&graph));
    let (mut loads, mut noise_line_of, mut data) = (Vec::new(), FxHashMap::default(), Vec::new());
    let mut memory = Memory::zeros(planner.memory.end as usize);
    for (place, node) in graph.nodes().iter().enumerate() {
        let id = graph.id_at(place);
        let Some(slot) = slots.get(&id).filter(|_| kind(&graph, id) == Kind::Given) else { continue };
        match &node.op {
            Op::Constant(numbers) => write(&mut memory, *slot, &numbers.0),
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
    let Planner { instructions, tables, .. } = planner;
    Program {
        instructions,
        tables,
        steps,
        memory,
        loads,
        data,
        noise_lines,
        noise,
        value,
        gradient,
        is_partition,
        threads: Threads::default(),
        text: Arc::new((graph, stages)),
        outputs,
    }
}

/// Number of elements that the program is a function of, as far as it needs them.
fn input_size(graph: &Graph) -> usize {
    graph.nodes().iter().find(|node| node.op == Op::Input).map_or(0, |node| node.size)
}

/// Whether parts that follow each other make up so many elements.
fn is_partition(gradient: &[(Places, u32, usize)], elements: usize) -> bool {
    let mut parts: Vec<(usize, usize)> = Vec::with_capacity(gradient.len());
    for (places, _, size) in gradient {
        let Places::From(start) = places else { return false };
        parts.push((*start, *size));
    }
    parts.sort_unstable();
    let mut end = 0;
    for (start, size) in parts {
        if start != end {
            return false;
        }
        end += size;
    }
    end == elements && end > 0
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
        self.free.get_mut(&lines).and_then(Vec::pop).unwrap_or_else(|| {
            self.end += lines;
            self.end - lines
        })
    }

    fn give_back(&mut self, line: u32, lines: u32) {
        self.free.entry(lines).or_default().push(line);
    }
}

struct Planner<'a> {
    graph: &'a Graph,
    slots: FxHashMap<Id, Slot>,
    memory: Lines,
    instructions: Vec<Instruction>,
    tables: Tables,
    /// By position in the schedule: what nothing needs from there on.
    ending: FxHashMap<usize, Vec<Id>>,
    /// Whether a node is needed after its loop, or as a whole: then all of it has a place.
    is_kept: Vec<bool>,
    /// The last node of the same loop that needs a node.
    last_in_loop: FxHashMap<Id, Id>,
}

impl<'a> Planner<'a> {
    fn new(graph: &'a Graph, stages: &[Stage], value: Id, gradient: &[(Places, Id)]) -> Self {
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
        for root in gradient.iter().map(|&(_, id)| id).chain([value]) {
            last_use[root.place()] = usize::MAX;
            is_kept[root.place()] = true;
        }
        let mut planner = Self {
            graph,
            slots: FxHashMap::default(),
            memory: Lines::default(),
            instructions: Vec::new(),
            tables: Tables::default(),
            ending: FxHashMap::default(),
            is_kept,
            last_in_loop,
        };
        for (place, node) in graph.nodes().iter().enumerate() {
            let id = graph.id_at(place);
            if kind(graph, id) == Kind::Given {
                // Matrices that are laid out elsewhere are not needed here.
                if last_use[place] == 0 {
                    continue;
                }
                let slot = planner.kept(node.size);
                planner.slots.insert(id, slot);
            } else if last_use[place] != usize::MAX {
                planner.ending.entry(last_use[place]).or_default().push(id);
            }
        }
        planner
    }

    /// A place for a number, or for an array as a whole.
    fn kept(&mut self, size: usize) -> Slot {
        let line = self.memory.take(lines_of(size) as u32);
        if size == 1 { Slot::number(line) } else { Slot::array(line) }
    }

    fn give_back(&mut self, position: usize) {
        for id in self.ending.remove(&position).unwrap_or_default() {
            let slot = self.slots[&id];
            if slot.stride == 0 || slot.advance == 1 {
                self.memory.give_back(slot.line, lines_of(self.graph.size(id)) as u32);
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
            if matches!(kind(self.graph, id), Kind::Elements(_)) && !self.is_kept[id.place()] {
                let block = free.pop().unwrap_or_else(|| {
                    blocks += 1;
                    blocks - 1
                });
                block_of.insert(id, block);
            }
            let mut ended = node.operands.clone();
            ended.dedup();
            for operand in ended {
                if self.last_in_loop.get(&operand) == Some(&id)
                    && let Some(&block) = block_of.get(&operand)
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
        let base = self.memory.take(blocks * block as u32);

        let start = self.instructions.len() as u32;
        let (mut zeros, mut finish, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        let mut sums = Vec::new();
        for &id in nodes {
            let node = self.graph.node(id);
            let slot = match (block_of.get(&id), &node.op) {
                (Some(number), _) => Slot::block(base + number * block as u32),
                (None, Op::Sum(_) | Op::Dot) => {
                    let slot = self.kept(1);
                    zeros.push(slot.line..slot.line + 1);
                    slot
                }
                (None, Op::Scatter(..)) => {
                    let slot = self.kept(node.size);
                    zeros.push(slot.line..slot.line + lines_of(node.size) as u32);
                    slot
                }
                (None, Op::TransposedMatVec(_)) => {
                    let slot = self.kept(node.size);
                    let count = node.size as u32;
                    let from = self.memory.take(count);
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
                && matches!(node.op, Op::TransposedMatVec(_))
                && let Some(instruction) = self.instructions.last_mut()
            {
                instruction.output = Slot::number(from);
            }
        }
        sums.into_iter().for_each(|(from, count)| self.memory.give_back(from, count));
        self.memory.give_back(base, blocks * block as u32);
        let work: usize = nodes.iter().map(|&id| work_per_line(&self.graph.node(id).op) * lines).sum();
        let code = start..self.instructions.len() as u32;
        Loop { elements, block, code, is_large: work >= LARGE_WORK, kept, zeros, finish }
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
                    self.tables.runs.push(runs.into());
                    Code::ScatterRuns(self.tables.runs.len() as u32 - 1)
                } else {
                    Code::Scatter(self.map(map))
                }
            }
            Op::Sum(_) => Code::Sum,
            Op::Dot => Code::Dot,
            Op::MatVec(panels) => {
                self.tables.panels.push(panels.clone());
                Code::MatVec(self.tables.panels.len() as u32 - 1)
            }
            Op::TransposedMatVec(panels) => {
                self.tables.panels.push(panels.clone());
                Code::TransposedMatVec(self.tables.panels.len() as u32 - 1)
            }
            op => match Code::elementwise(op) {
                Some(code) => code,
                None => unreachable!("{op} is an operation on whole arrays"),
            },
        };
        self.instructions.push(Instruction { code, output: self.slots[&id], operands });
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
        self.tables.maps.push(places.collect());
        self.tables.maps.len() as u32 - 1
    }
}
