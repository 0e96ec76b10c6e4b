//! Machine code of a program's steps, with the feature `jit` (crate `cranelift`).
//!
//! The interpreter spends its time on instructions where each has little to do: on numbers, on arrays of a few elements,
//! and on recurrences. Steps of these kinds are translated (`translate.rs`), as many as follow each other to one function,
//! where values stay in the processor's registers. All others are interpreted as before.
//!
//! The only unsafe code of the project is here: the call of such a function, and giving back its memory.

mod segments;
#[cfg(test)]
mod tests;
mod translate;

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use cranelift::codegen::isa::OwnedTargetIsa;
use cranelift::frontend::FunctionBuilderContext;
use cranelift::jit::{JITBuilder, JITModule};
use cranelift::module::{FuncId, Module, default_libcall_names};
use cranelift::prelude::{AbiParam, Configurable, settings, types};

use self::segments::Segment;
use super::Program;
use super::memory::Line;
use super::value::ValuePart;

/// What is compiled: a function of the program's memory.
type Function = unsafe extern "C" fn(*mut f64);

/// The functions of a program, and the memory that they stand in.
pub(super) struct Native {
    functions: Vec<Function>,
    /// Lines of memory that the functions may touch.
    lines: usize,
    /// Taken when it is dropped.
    module: Mutex<Option<JITModule>>,
}

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Native({} functions)", self.functions.len())
    }
}

impl Native {
    /// Runs a function of its program on memory of that program.
    ///
    /// # Panics
    /// If the memory is smaller than the program's.
    #[allow(unsafe_code, reason = "machine code is called by a pointer")]
    pub(super) fn run(&self, number: usize, memory: &mut [Line]) {
        assert!(memory.len() >= self.lines, "the memory is that of the program");
        let function = self.functions[number];
        // SAFETY: the function was compiled with this signature, and its code is there as long as `module`. It reads and
        // writes only lines below `lines` (`Translator::offset` checks each when it is translated), all of which are in
        // `memory`, and calls nothing but functions of numbers.
        unsafe { function(memory.as_mut_ptr().cast()) }
    }
}

impl Drop for Native {
    #[allow(unsafe_code, reason = "the crate leaks what is not given back")]
    fn drop(&mut self) {
        let module = self.module.get_mut().map_or(None, Option::take);
        if let Some(module) = module {
            // SAFETY: `functions` holds the only pointers to the code; they are private, and called by `run` alone, which
            // nobody can do any more.
            unsafe { module.free_memory() }
        }
    }
}

/// Replaces those steps of a program by machine code that run faster so, and those that compute the value alone likewise;
/// the program stays as it is where the processor is not known to the compiler, or its memory is larger than 2 GiB.
pub(super) fn compile(program: &mut Program) {
    // Places in memory are distances of 32 bits.
    if i32::try_from(size_of_val(program.memory.lines())).is_err() {
        return;
    }
    compile_steps(program);
    if let Some(part) = program.value_part.take() {
        let mut part = Arc::unwrap_or_clone(part);
        // In the place of the whole program, of which there is no gradient.
        let gradient = std::mem::take(&mut program.gradient);
        swap(program, &mut part);
        compile_steps(program);
        swap(program, &mut part);
        program.gradient = gradient;
        program.value_part = Some(Arc::new(part));
    }
}

fn swap(program: &mut Program, part: &mut ValuePart) {
    std::mem::swap(&mut program.instructions, &mut part.instructions);
    std::mem::swap(&mut program.tables, &mut part.tables);
    std::mem::swap(&mut program.steps, &mut part.steps);
    std::mem::swap(&mut program.native, &mut part.native);
}

fn compile_steps(program: &mut Program) {
    let segments = segments::segments(program);
    if segments.is_empty() {
        return;
    }
    // That a function is not compiled is no error: its steps can be interpreted.
    if let Some(native) = native(program, &segments) {
        segments::replace(program);
        program.native = Some(Arc::new(native));
    }
}

/// The processor at hand.
fn target() -> Option<&'static OwnedTargetIsa> {
    static TARGET: OnceLock<Option<OwnedTargetIsa>> = OnceLock::new();

    let target = || {
        let mut flags = settings::builder();
        flags.set("use_colocated_libcalls", "false").ok()?;
        flags.set("is_pic", "false").ok()?;
        flags.set("opt_level", "speed").ok()?;
        flags.set("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }).ok()?;
        cranelift::native::builder().ok()?.finish(settings::Flags::new(flags)).ok()
    };
    TARGET.get_or_init(target).as_ref()
}

fn native(program: &Program, segments: &[Segment]) -> Option<Native> {
    let mut builder = JITBuilder::with_isa(target()?.clone(), default_libcall_names());
    translate::define_symbols(&mut builder);
    let mut module = JITModule::new(builder);
    let mut signature = module.make_signature();
    signature.params.push(AbiParam::new(types::I64));
    let (mut context, mut of_functions) = (module.make_context(), FunctionBuilderContext::new());
    let mut compile = |module: &mut JITModule, segment: &Segment| -> Option<FuncId> {
        let id = module.declare_anonymous_function(&signature).ok()?;
        context.func.signature = signature.clone();
        translate::translate(program, segment, module, &mut context.func, &mut of_functions)?;
        module.define_function(id, &mut context).ok()?;
        module.clear_context(&mut context);
        Some(id)
    };
    let ids: Option<Vec<FuncId>> = segments.iter().map(|segment| compile(&mut module, segment)).collect();
    let ids = ids.filter(|_| module.finalize_definitions().is_ok());
    let functions = ids.iter().flatten().map(|&id| function(&module, id)).collect();
    let native = Native { functions, lines: program.memory.lines().len(), module: Mutex::new(Some(module)) };
    // What was compiled is given back if not all was.
    ids.map(|_| native)
}

#[allow(unsafe_code, reason = "the compiler gives code as a pointer to bytes")]
fn function(module: &JITModule, id: FuncId) -> Function {
    let code = module.get_finalized_function(id);
    // SAFETY: it is the beginning of a function that was compiled with the signature of `Function`.
    unsafe { std::mem::transmute::<*const u8, Function>(code) }
}
