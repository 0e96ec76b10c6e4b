//! A model that reads a value is told by which operator, at which line, and what would be recorded instead.

#![allow(clippy::cmp_owned, clippy::op_ref, reason = "what is compared how is what these tests are about")]

use ndarray::ArrayD;
use ppl::handler::Mask;
use ppl::prelude::*;
use ppl_infer::density::ModelDensity;

/// A model of one site that calls a reader on its value; the line after that of the site.
macro_rules! model {
    ($name:ident, |$u:ident| $reader:expr) => {
        #[model]
        fn $name() {
            let $u = sample!("u", Normal::new(0.0, 1.0));
            let x = if $reader { 1.0 } else { -1.0 };
            observe!("y", Normal::new(x, 1.0), 0.5);
        }
    };
}

/// What is told of a reader in this line of this file.
#[track_caller]
fn check<M: Model>(model: M, expected: &str) {
    let engine = ModelDensity::new(model).expect("the model has continuous latent sites only").engine_in_use();
    let expected = format!("run each time, because a value that depends on latent sites was {expected}");
    let matches = match expected.split_once('*') {
        Some((start, end)) => engine.starts_with(start) && engine.ends_with(end),
        None => engine == expected,
    };
    assert!(matches, "\n{engine}\n{expected}");
}

fn read_at(line: u32, by: &str, cure: &str) -> String {
    format!("read at tests/readers.rs:{line}:* by `{by}`: {cure} would be recorded")
}

const OPERATIONS: &str = "operations of `Tensor`, and `Tensor::select(x.greater(y), a, b)` in place of a branch,";

/// The operators, between tensors and with numbers.
#[test]
fn operators_name_their_line_and_the_elementwise_comparison() {
    macro_rules! operators {
        ($($operator:tt $by:literal $method:literal),*) => {$({
            let cure = format!("`Tensor::select(x.{}(y), a, b)`", $method);
            model!(numbers, |u| u $operator 0.0);
            check(numbers(), &read_at(line!(), $by, &cure));
            model!(tensors, |u| u $operator Tensor::from(0.0));
            check(tensors(), &read_at(line!(), $by, &cure));
            model!(right, |u| Tensor::from(0.0) $operator u);
            check(right(), &read_at(line!(), $by, &cure));
        })*};
    }
    operators!(
        > ">" "greater",
        >= ">=" "greater_equal",
        < "<" "less",
        <= "<=" "less_equal",
        == "==" "equal",
        != "!=" "not_equal"
    );
}

/// Methods, conversions, and functions of the library that read for the user.
#[test]
fn methods_name_the_line_of_their_caller() {
    model!(item, |u| u.item() > 0.0);
    check(item(), &read_at(line!() - 1, "item", OPERATIONS));
    model!(try_item, |u| u.try_item()? > 0.0);
    check(try_item(), &read_at(line!() - 1, "try_item", OPERATIONS));
    model!(to_vec, |u| u.to_vec()[0] > 0.0);
    check(to_vec(), &read_at(line!() - 1, "to_vec", OPERATIONS));
    model!(to_array, |u| u.to_array().sum() > 0.0);
    check(to_array(), &read_at(line!() - 1, "to_array", OPERATIONS));
    model!(from, |u| ArrayD::from(u.clone()).sum() > 0.0);
    check(from(), &read_at(line!() - 1, "to_array", OPERATIONS));
    model!(map, |u| u.detach().map(f64::signum).sum() > 0.0);
    check(map(), &read_at(line!() - 1, "map", "operations of `Tensor`"));
    model!(zip, |u| Tensor::zip_with([&u.detach(), &u.detach()], |[a, b]| a + b)?.sum() > 0.0);
    check(zip(), &read_at(line!() - 1, "zip_with", "operations of `Tensor`"));
    let kin = "`Tensor::select` with `greater`, `less` and their kin";
    model!(order, |u| u.partial_cmp(&Tensor::from(0.0)).is_some());
    check(order(), &read_at(line!() - 1, "partial_cmp", kin));
    model!(closure, |u| [0.0, 1.0].into_iter().map(|x| u.partial_cmp(&x)).all(|order| order.is_some()));
    check(closure(), &read_at(line!() - 1, "partial_cmp", kin));
    model!(iterator, |u| [0.0, 1.0].into_iter().any(|x| u > x));
    check(iterator(), &read_at(line!() - 1, ">", "`Tensor::select(x.greater(y), a, b)`"));
    model!(mask, |u| Mask::new(u.greater(0.0)).is_ok());
    check(mask(), &read_at(line!() - 1, "to_vec", OPERATIONS));
}

/// A user's function that passes its caller on is named by its caller's line, like the library's.
#[test]
fn helpers_may_pass_their_callers_on() {
    #[track_caller]
    fn is_positive(x: &Tensor) -> bool {
        x.item() > 0.0
    }
    model!(helper, |u| is_positive(&u));
    check(helper(), &read_at(line!() - 1, "item", OPERATIONS));
}

/// Some functions of the standard library do not tell who calls them: the site before is told, and the line of its model.
#[test]
fn what_does_not_tell_its_caller_names_the_site_before() {
    let after = |line: u32, by: &str, cure: &str| {
        format!("read after site `u` of the model at tests/readers.rs:{line}:* by `{by}`: {cure} would be recorded")
    };
    model!(references, |u| &u > &Tensor::from(0.0));
    check(references(), &after(line!() - 1, ">", "`Tensor::select(x.greater(y), a, b)`"));
    model!(pairs, |u| (&u, 0) < (&u, 1));
    check(pairs(), &after(line!() - 1, "partial_cmp", "`Tensor::select` with `greater`, `less` and their kin"));
    model!(contains, |u| [Tensor::from(0.0)].contains(&u));
    check(contains(), &after(line!() - 1, "==", "`Tensor::select(x.equal(y), a, b)`"));
    let formatted = |line: u32| format!("formatted after site `u` of the model at tests/readers.rs:{line}:*");
    model!(display, |u| u.to_string().contains('-'));
    check(display(), &formatted(line!() - 1));
    model!(debug, |u| format!("{u:?}").contains('-'));
    check(debug(), &formatted(line!() - 1));
}

/// Others do.
#[test]
fn functions_that_pass_their_callers_on() {
    model!(into, |u| Into::<ArrayD<f64>>::into(u.clone()).sum() > 0.0);
    check(into(), &read_at(line!() - 1, "to_array", OPERATIONS));
}

/// What a site reads by itself is told by the site's name, and the line of its model.
#[test]
fn what_a_site_reads_names_the_site() {
    let line = line!() + 1;
    #[model]
    fn start() {
        let u = sample!("u", Normal::new(0.0, 1.0));
        let p = param!("p", u);
        observe!("y", Normal::new(p, 1.0), 0.5);
    }
    check(start(), &format!("read within site `p` of the model at tests/readers.rs:{line}:*"));
}
