//! The dispatcher: order, names, and handlers that misbehave.

use std::cell::RefCell;
use std::rc::Rc;

use super::{Ctx, Effect, Exit, FactorSite, Handler, Message, Model, Subsample, Term, bind};
use crate::distribution::Normal;
use crate::random::Key;
use crate::{Constraint, ModelExt, Result, SiteKind, Tensor};

/// One site of each kind.
fn kinds() -> impl Model<Output = ()> + Clone {
    bind("kinds", &[], true, |ctx: &mut Ctx| -> Result<(), Exit> {
        let scale = ctx.param("scale", 2.0, Constraint::Positive)?;
        ctx.open_plate("n", 3, None, None)?;
        let x = ctx.sample("x", Normal::new(0.0, scale))?;
        ctx.observe("y", Normal::new(&x, 1.0), [0.5, 1.0, -1.0])?;
        ctx.deterministic("double", &x * 2.0)?;
        ctx.factor("weight", -x.square())?;
        ctx.close_plate();
        Ok(())
    })
}

/// Writes a line for each call of a hook.
#[derive(Clone)]
struct Log {
    handler: &'static str,
    hides: &'static str,
    lines: Rc<RefCell<Vec<String>>>,
}

impl Log {
    fn new(handler: &'static str, lines: &Rc<RefCell<Vec<String>>>) -> Self {
        Self { handler, hides: "", lines: Rc::clone(lines) }
    }

    fn write(&self, hook: &str, message: &Message<'_>) {
        self.lines.borrow_mut().push(format!("{hook} {}: {} {}", self.handler, message.kind(), message.name));
    }
}

impl Handler for Log {
    fn before(&mut self, message: Message<'_>) -> Result<()> {
        self.write("before", &message);
        *message.hidden = message.name == self.hides;
        Ok(())
    }

    fn after(&mut self, message: Message<'_>) -> Result<()> {
        self.write("after", &message);
        Ok(())
    }
}

#[test]
fn messages_pass_outwards_and_back() {
    let lines = Rc::default();
    let (inner, outer) = (Log::new("inner", &lines), Log::new("outer", &lines));
    let site = |ctx: &mut Ctx| ctx.sample("x", Normal::new(0.0, 1.0));
    let run = |ctx: &mut Ctx| ctx.enter(outer, |ctx| ctx.enter(inner, site));
    let ((value, _), _) = run(&mut Ctx::new(Key::new(0))).unwrap();
    assert!(value.item().is_finite());
    let expected =
        ["before inner: latent x", "before outer: latent x", "after outer: latent x", "after inner: latent x"];
    assert_eq!(*lines.borrow(), expected);
}

#[test]
fn a_hidden_site_turns_round() {
    let lines = Rc::default();
    let inner = Log { hides: "x", ..Log::new("inner", &lines) };
    kinds().with(inner).with(Log::new("outer", &lines)).run(&mut Ctx::new(Key::new(0))).unwrap();
    let of_x: Vec<String> = lines.borrow().iter().filter(|line| line.ends_with(" x")).cloned().collect();
    assert_eq!(of_x, ["before inner: latent x", "after inner: latent x"]);
    assert!(lines.borrow().contains(&"before outer: observed y".to_owned()));
}

/// Puts another message, of another kind, in the place of each one it gets.
#[derive(Clone)]
struct Swap;

impl Handler for Swap {
    fn before(&mut self, message: Message<'_>) -> Result<()> {
        let mut other = FactorSite { log_weight: Tensor::scalar(7.0), term: Term::default() };
        let message = Message { effect: Effect::Factor(&mut other), ..message };
        assert_eq!(message.kind(), SiteKind::Factor);
        Ok(())
    }

    fn after(&mut self, message: Message<'_>) -> Result<()> {
        self.before(message)
    }
}

#[test]
fn a_handler_cannot_change_the_kind_of_a_site() {
    let plain = kinds().trace(1).unwrap();
    let swapped = kinds().with(Swap).trace(1).unwrap();
    assert!(plain == swapped);
    assert_eq!(plain.log_density().unwrap(), swapped.log_density().unwrap());
    let of = |name: &str| plain.site(name).unwrap().kind;
    let found = ["scale", "x", "y", "double", "weight"].map(of);
    let expected = [SiteKind::Param, SiteKind::Latent, SiteKind::Observed, SiteKind::Deterministic, SiteKind::Factor];
    assert_eq!(found, expected);
}

#[test]
fn messages_know_the_open_plates() {
    let trace = kinds().trace(0).unwrap();
    let plates = |name: &str| trace.site(name).unwrap().plates.iter().map(ToString::to_string).collect::<Vec<_>>();
    for name in ["x", "y", "double", "weight"] {
        assert_eq!(plates(name), ["n = 3 (dim -1)"], "{name}");
    }
    assert!(plates("scale").is_empty());
}

#[test]
fn members_of_a_plate_have_names_unless_they_are_drawn() {
    let names = |subsample: Subsample| {
        let mut ctx = Ctx::new(Key::new(0));
        ctx.open_plate("n", ["a", "b", "c"], subsample, None).unwrap();
        ctx.plates()[0].levels.as_ref().map(|levels| levels.to_vec())
    };
    let all = Some(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]);
    assert_eq!((names(Subsample::All), names(Subsample::Size(3))), (all.clone(), all));
    assert_eq!(names(Subsample::Size(2)), None);
    assert_eq!(names(Subsample::members([2, 0])), Some(vec!["c".to_owned(), "a".to_owned()]));
    let error = Ctx::new(Key::new(0)).open_plate("n", vec!["a", "a"], None, None).unwrap_err().to_string();
    assert_eq!(error, "site `n`: Levels: `names` must be different from each other, got `a` twice");
}

/// Takes values away: `after` they are settled, or `before`, in calling the site observed without data.
#[derive(Clone)]
struct Thief {
    is_early: bool,
}

impl Handler for Thief {
    fn before(&mut self, message: Message<'_>) -> Result<()> {
        if let (true, Effect::Sample(site)) = (self.is_early, message.effect) {
            site.is_observed = true;
        }
        Ok(())
    }

    fn after(&mut self, message: Message<'_>) -> Result<()> {
        match message.effect {
            Effect::Sample(site) => site.value = None,
            Effect::Param(site) => site.value = None,
            Effect::Plate(site) => site.indices = None,
            Effect::Deterministic(_) | Effect::Factor(_) => {}
        }
        Ok(())
    }
}

#[test]
fn a_value_that_a_handler_takes_away_is_an_error() {
    type Site = fn(&mut Ctx) -> Result<()>;
    let sites: [(&str, Site); 3] = [
        ("x", |ctx| ctx.sample("x", Normal::new(0.0, 1.0)).map(|_| ())),
        ("p", |ctx| ctx.param("p", 1.0, Constraint::Real).map(|_| ())),
        ("n", |ctx| ctx.open_plate("n", 3, None, None).map(|_| ())),
    ];
    for (name, site) in sites {
        let error = Ctx::new(Key::new(0)).enter(Thief { is_early: false }, site).map(|_| ()).unwrap_err();
        let expected = format!("site `{name}`: value must be left in its place by each handler's `after`, got none");
        assert_eq!(error.to_string(), expected);
    }
    let error = Ctx::new(Key::new(0)).enter(Thief { is_early: true }, sites[0].1).map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "site `x`: value must be given where the site is observed, got none");
}

#[test]
fn errors_name_the_scopes() {
    let at = |ctx: &mut Ctx, site: fn(&mut Ctx) -> Result<Tensor>| {
        let inner = bind("inner", &[], true, move |ctx: &mut Ctx| -> Result<Tensor, Exit> { Ok(site(ctx)?) });
        let outer = bind("outer", &[], true, move |ctx: &mut Ctx| -> Result<Tensor, Exit> {
            Ok(ctx.call_scoped("inner", &inner)?)
        });
        ctx.call_scoped("outer", outer).unwrap_err().to_string()
    };
    let wrong_parameter = |ctx: &mut Ctx| ctx.sample("x", Normal::new(0.0, -1.0));
    let wrong_data = |ctx: &mut Ctx| ctx.observe("x", Normal::new(0.0, 1.0), f64::INFINITY);
    let twice = |ctx: &mut Ctx| {
        ctx.sample("x", Normal::new(0.0, 1.0))?;
        ctx.sample("x", Normal::new(0.0, 1.0))
    };
    let mut ctx = Ctx::new(Key::new(0));
    assert_eq!(at(&mut ctx, wrong_parameter), "site `outer/inner/x`: Normal: `scale` must be positive, got -1");
    assert_eq!(at(&mut Ctx::new(Key::new(0)), wrong_data), "site `outer/inner/x`: value must be finite, got inf");
    let text = at(&mut Ctx::new(Key::new(0)), twice);
    assert!(text.starts_with("a second site named `outer/inner/x`"), "{text}");
}

#[test]
fn a_context_in_the_place_of_the_runs_own_is_an_error() {
    let mut ctx = Ctx::new(Key::new(0));
    let outcome = ctx.enter(Swap, |ctx| {
        *ctx = Ctx::new(Key::new(1));
        Ok(())
    });
    assert_eq!(
        outcome.map(|_| ()).unwrap_err().to_string(),
        "enter: the body has put another `Ctx` in the place of its own"
    );
}

#[test]
fn pointers_to_models_are_models() {
    fn trace_of<M: Model>(model: M) -> crate::handler::Trace {
        model.trace(5).unwrap()
    }
    let plain = trace_of(kinds());
    let boxed: Box<dyn Model<Output = ()>> = Box::new(kinds());
    assert_eq!(boxed.signature().name, "kinds");
    let unsized_reference: &dyn Model<Output = ()> = &*boxed;
    assert!(trace_of(unsized_reference) == plain);
    assert!(trace_of(boxed) == plain);
    let shared: std::sync::Arc<dyn Model<Output = ()> + Send + Sync> = std::sync::Arc::new(kinds());
    assert!(trace_of(std::sync::Arc::clone(&shared)) == plain);
    let conditioned = shared.condition("x", [0.0, 1.0, 2.0]).trace(0).unwrap();
    assert_eq!(conditioned.get("double").unwrap(), &Tensor::from([0.0, 2.0, 4.0]));
}
