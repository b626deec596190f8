//! The parser of formulas, and their canonical text.

use proptest::prelude::*;

use super::formula;
use crate::kernels::Activation;
use crate::kernels::activation::formula::{Condition, Function, Tree};
use crate::operator::{Comparison, Operator};

#[test]
fn canonical_texts_are_plain() {
    for (text, canonical) in [
        ("x * sigmoid( 1.702*x )", "x*sigmoid(1.702*x)"),
        ("((x))^2^3 - (x - (1 - x))", "x^2^3-(x-(1-x))"),
        ("(x^2)^3 / (x / 2) / 3", "(x^2)^3/(x/2)/3"),
        ("-(x + 1) * -x", "-(x+1)*-x"),
        ("(-x)^2 + -x^2", "(-x)^2+-x^2"),
        ("a * x + b", "0.25*x+-1.5"),
        ("elu(x) + celu(x, b + 2)", "elu(x, 1)+celu(x, 0.5)"),
        ("where(x>0&&(x<1||!(x==.5)),x,1e-9)", "where(x>0&&(x<1||!(x==0.5)), x, 1e-9)"),
        ("min(x, 1e300)", "min(x, 1e300)"),
    ] {
        let parameters = [("a".to_owned(), 0.25), ("b".to_owned(), -1.5)];
        assert_eq!(formula(text, &parameters).unwrap().to_string(), canonical);
    }
}

#[test]
fn mistakes_point_at_their_bytes() {
    let range = |text: &str| formula(text, &[]).unwrap_err().range;
    assert_eq!(range("x + gelo(x)"), 4..8);
    assert_eq!(range("x + a"), 4..5);
    assert_eq!(range("elu(x, x)"), 7..8);
    assert_eq!(range("1 + where(x, 1, 2)"), 10..11);
    assert_eq!(range("sqrt(2)"), 0..7);
}

#[test]
fn deep_nesting_is_a_mistake_and_no_overflow() {
    let many = |text: &str| text.repeat(100_000);
    for text in ["(", "-", "!", "tanh(", "x^", "x+", "where(x>0,", "x<"] {
        assert!(formula(&many(text), &[]).is_err());
    }
    // Deeper by name than a stack is: the longest sum is a tree of 500 levels.
    let sum = format!("x{}", "+x".repeat(499));
    assert_eq!(formula(&sum, &[]).unwrap().to_string(), sum);
}

/// Any formula that the parser can produce.
fn trees() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        Just(Tree::X),
        (0.0..1e6_f64).prop_map(Tree::Number),
        (0_u32..20).prop_map(|value| Tree::Number(value.into())),
        (-300.0..300.0_f64).prop_map(|power| Tree::Number(libm::exp10(power))),
    ];
    let activations: Vec<Activation> = Activation::NAMES.iter().map(|name| name.parse().unwrap()).collect();
    leaf.prop_recursive(5, 30, 3, move |inner| {
        let condition = (
            prop::sample::select(vec![
                Comparison::Less,
                Comparison::LessEqual,
                Comparison::Greater,
                Comparison::GreaterEqual,
                Comparison::Equal,
                Comparison::NotEqual,
            ]),
            inner.clone(),
            inner.clone(),
        )
            .prop_map(|(comparison, a, b)| Condition::Compare(comparison, a, b))
            .prop_recursive(2, 4, 2, |inner| {
                prop_oneof![
                    inner.clone().prop_map(|a| Condition::Not(Box::new(a))),
                    (inner.clone(), inner.clone())
                        .prop_map(|(a, b)| Condition::And(Box::new(a), Box::new(b))),
                    (inner.clone(), inner).prop_map(|(a, b)| Condition::Or(Box::new(a), Box::new(b))),
                ]
            });
        let operator = prop::sample::select(vec![
            Operator::Add,
            Operator::Subtract,
            Operator::Multiply,
            Operator::Divide,
            Operator::Power,
            Operator::Min,
            Operator::Max,
        ]);
        let argument = prop_oneof![Just(1.0), -2.0..2.0_f64];
        let activation = (prop::sample::select(activations.clone()), argument)
            .prop_map(|(activation, value)| activation.with_argument(value).unwrap_or(activation));
        prop_oneof![
            inner.clone().prop_map(|a| Tree::Negate(Box::new(a))),
            (prop::sample::select(Function::ALL.to_vec()), inner.clone())
                .prop_map(|(function, a)| Tree::Apply(function, Box::new(a))),
            (activation, inner.clone()).prop_map(|(one, a)| Tree::Activation(one, Box::new(a))),
            (operator, inner.clone(), inner.clone()).prop_map(|(operator, a, b)| Tree::Combine(
                operator,
                Box::new(a),
                Box::new(b)
            )),
            (condition, inner.clone(), inner).prop_map(|(holds, a, b)| Tree::Where(
                Box::new(holds),
                Box::new(a),
                Box::new(b)
            )),
        ]
    })
}

proptest! {
    #[test]
    fn canonical_text_parses_back_to_the_same_tree(tree in trees()) {
        let text = tree.to_string();
        match formula(&text, &[]) {
            Ok(parsed) => prop_assert_eq!(parsed, tree),
            Err(mistake) => prop_assert!(!tree.names_x(), "{text}: {mistake:?}"),
        }
    }

    #[test]
    fn parsing_never_panics(
        text in ".{0,40}",
        likely in "([0-9x.,<>=!&|*/^+() -]|tanh\\(|elu\\(x, |where\\(x|min\\(|pi|a){0,20}"
    ) {
        for text in [text, likely] {
            let _ = formula(&text, &[("a".to_owned(), -0.5)]);
        }
    }
}
