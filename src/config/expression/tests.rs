//! The expression parser against plainer ones.

use proptest::prelude::*;

use super::*;
use crate::operator::Operator;
use crate::sweep::Parameter;
use crate::sweep::expression::{Fault, Function};

fn value(text: &str) -> Result<f64, Fault> {
    let expression = number(text, &Name::all()).unwrap_or_else(|mistake| panic!("{text}: {mistake:?}"));
    expression.evaluate(&scope)
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of a scope")]
fn scope(name: Name) -> Result<f64, Fault> {
    Ok(match name {
        Name::Of(Parameter::Width) | Name::FanIn | Name::FanOut => 100.0,
        Name::Of(Parameter::Depth) => 8.0,
        Name::Layer => 3.0,
        Name::Of(_) | Name::Sigma(_) => 0.5,
    })
}

#[test]
fn precedence_is_that_of_mathematics() {
    for (text, expected) in [
        ("1 + 2*3", 7.0),
        ("(1 + 2)*3", 9.0),
        ("8 - 4 - 2", 2.0),
        ("8/4/2", 1.0),
        ("2^3^2", 512.0),
        ("-2^2", -4.0),
        ("(-2)^2", 4.0),
        ("2^-1", 0.5),
        ("2^-1*4", 2.0),
        ("2*-3", -6.0),
        ("--2", 2.0),
        ("1 - -1", 2.0),
        ("-3*2 + 1", -5.0),
        ("sqrt(2/fan_in)*10^0.5", 0.447_213_595_499_958),
        ("min(2, 3)^max(1, 2)", 4.0),
        ("abs(-1.5e1)", 15.0),
        (".5 + 1. + 1e-1", 1.6),
        ("log(exp(1))", 1.0),
        ("pi", std::f64::consts::PI),
        ("layer/depth", 0.375),
    ] {
        let value = value(text).unwrap();
        assert!((value - expected).abs() <= 4.0 * f64::EPSILON * expected.abs(), "{text} = {value}");
    }
}

#[test]
fn powers_are_those_of_libm() {
    assert_eq!(value("width^0.37"), Ok(libm::pow(100.0, 0.37)));
    assert_eq!(value("exp(layer) + log(depth)"), Ok(libm::exp(3.0) + libm::log(8.0)));
}

#[test]
fn conditions_have_the_usual_precedence() {
    let truth = |text: &str| {
        let condition =
            condition(text, &Name::all(), &[]).unwrap_or_else(|mistake| panic!("{text}: {mistake:?}"));
        condition.evaluate(&scope, &|_| "relu".to_owned()).unwrap()
    };
    assert!(truth("depth < width && layer == 3"));
    assert!(truth("1 > 2 && 1 > 2 || 1 < 2"));
    assert!(truth("1 < 2 || 1 > 2 && 1 > 2"));
    assert!(truth("!(depth >= width) && depth*2 <= 4*4"));
    assert!(truth("activation == 'relu' && \"tanh\" != activation"));
    assert!(truth("std == 'relu' && 'relu' == bias_std"));
    assert!(truth("1 < 2 || 1/0 > 1"));
    assert!(!truth("1 > 2 && 1/0 > 1"));
}

#[test]
fn deep_nesting_is_a_mistake_and_no_overflow() {
    let many = |text: &str| text.repeat(100_000);
    for text in [
        many("("),
        many("-"),
        many("!"),
        many("sqrt("),
        many("2^"),
        many("1+"),
        format!("{}1{}", many("("), many(")")),
        format!("1{}", many("+1")),
    ] {
        assert!(number(&text, &Name::all()).is_err());
        assert!(condition(&text, &Name::all(), &[]).is_err());
    }
}

#[test]
fn the_longest_expressions_are_evaluated_and_printed() {
    let sum = format!("1{}", "+1".repeat(499));
    let expression = number(&sum, &Name::all()).unwrap();
    assert_eq!(expression.evaluate(&scope), Ok(500.0));
    assert_eq!(expression.to_string(), sum);
}

#[test]
fn mistakes_point_at_their_bytes() {
    let range = |text: &str| number(text, &[Name::Of(Parameter::Width)]).unwrap_err().range;
    assert_eq!(range("1 + wdth"), 4..8);
    assert_eq!(range("1 + \u{221a}2"), 4..7);
    assert_eq!(range("(1 + 2"), 0..1);
    assert_eq!(range("1 +"), 3..3);
    assert_eq!(range("depth"), 0..5);
}

/// Any expression that the parser can produce.
fn expressions() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        (0.0..1e6_f64).prop_map(Expression::Number),
        (0_u32..20).prop_map(|value| Expression::Number(value.into())),
        prop::sample::select(Name::all()).prop_map(Expression::Name),
    ];
    leaf.prop_recursive(6, 40, 2, |inner| {
        let function = prop::sample::select(vec![
            Function::Sqrt,
            Function::Exp,
            Function::Log,
            Function::Abs,
            Function::Odd,
        ]);
        let operator = prop::sample::select(vec![
            Operator::Add,
            Operator::Subtract,
            Operator::Multiply,
            Operator::Divide,
            Operator::Power,
            Operator::Min,
            Operator::Max,
        ]);
        prop_oneof![
            inner.clone().prop_map(|a| Expression::Negate(Box::new(a))),
            (function, inner.clone()).prop_map(|(f, a)| Expression::Apply(f, Box::new(a))),
            (operator, inner.clone(), inner).prop_map(|(o, a, b)| Expression::Combine(
                o,
                Box::new(a),
                Box::new(b)
            )),
        ]
    })
}

/// The same with every parenthesis written.
fn in_full(expression: &Expression) -> String {
    match expression {
        Expression::Combine(operator, a, b) => {
            let (a, b) = (in_full(a), in_full(b));
            match operator {
                Operator::Min => format!("min( {a} , {b} )"),
                Operator::Max => format!("max( {a} , {b} )"),
                Operator::Add => format!("(({a}) + ({b}))"),
                Operator::Subtract => format!("(({a}) - ({b}))"),
                Operator::Multiply => format!("(({a}) * ({b}))"),
                Operator::Divide => format!("(({a}) / ({b}))"),
                Operator::Power => format!("(({a}) ^ ({b}))"),
            }
        }
        Expression::Negate(a) => format!("(-({}))", in_full(a)),
        Expression::Apply(function, a) => {
            let name = format!("{function:?}").to_lowercase();
            format!("{name}(({}))", in_full(a))
        }
        _ => expression.to_string(),
    }
}

/// A plain tree walk: NaN is what has no value.
fn walk(expression: &Expression) -> f64 {
    match expression {
        Expression::Number(value) => *value,
        Expression::Name(name) => scope(*name).unwrap(),
        Expression::ByLayer(_) => f64::NAN,
        Expression::Negate(a) => -walk(a),
        Expression::Apply(Function::Sqrt, a) => walk(a).sqrt(),
        Expression::Apply(Function::Exp, a) => libm::exp(walk(a)),
        Expression::Apply(Function::Log, a) => libm::log(walk(a)),
        Expression::Apply(Function::Abs, a) => walk(a).abs(),
        Expression::Apply(Function::Odd, a) => {
            f64::from(u8::from((walk(a).rem_euclid(2.0) - 1.0).abs() < 0.25 && walk(a).fract().abs() == 0.0))
        }
        Expression::Combine(operator, a, b) => {
            let (a, b) = (walk(a), walk(b));
            match operator {
                Operator::Add => a + b,
                Operator::Subtract => a - b,
                Operator::Multiply => a * b,
                Operator::Divide => a / b,
                Operator::Power => libm::pow(a, b),
                Operator::Min => a.min(b),
                Operator::Max => a.max(b),
            }
        }
    }
}

proptest! {
    #[test]
    fn display_then_parse_is_the_identity(expression in expressions()) {
        prop_assert_eq!(number(&expression.to_string(), &Name::all()), Ok(expression.clone()));
        if in_full(&expression).matches('(').count() < 60 {
            prop_assert_eq!(number(&in_full(&expression), &Name::all()), Ok(expression));
        }
    }

    #[test]
    fn values_agree_with_a_plain_tree_walk(expression in expressions()) {
        if let Ok(value) = expression.evaluate::<Fault>(&scope) {
            prop_assert!(!value.is_nan());
            prop_assert_eq!(value.to_bits(), walk(&expression).to_bits());
        }
    }

    #[test]
    fn parsing_never_panics(text in ".{0,40}", likely in "[0-9a-z+*/^().,<>=!&| '-]{0,40}") {
        for text in [text, likely] {
            let _ = (number(&text, &Name::all()), condition(&text, &Name::all(), &[]));
        }
    }
}
