//! One operation of a formula on vectors.
//!
//! `exp` and all activations are this crate's own vector code; `log`, `sin`, `cos`, `atan` and powers that are no
//! products are those of `libm` in `f64`, element by element, rounded to the element type.

use super::super::exp::exponential;
use super::super::real::Real;
use super::graph::{Binary, Unary, of_number};
use super::tree::Function;
use crate::operator::Operator;
use crate::simd::Element;

/// An operation on one, two or three vectors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operation {
    /// Of one.
    Unary(Unary),
    /// Of two.
    Binary(Binary),
    /// The second where the first is above 0, else the third.
    Select,
}

/// The operations that have no vector code; whether this was one.
pub fn by_element<T: Element>(operation: Operation, [a, b, _]: [&[T::Row]; 3], out: &mut [T::Row]) -> bool {
    match operation {
        Operation::Unary(Unary::Function(
            function @ (Function::Log | Function::Sin | Function::Cos | Function::Atan),
        )) => {
            for (out, a) in out.iter_mut().zip(a) {
                for (out, a) in out.as_mut().iter_mut().zip(a.as_ref()) {
                    *out = T::from_f64(of_number(function, a.to_f64()));
                }
            }
        }
        Operation::Binary(Binary::Operator(Operator::Power)) => {
            for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                for ((out, a), b) in out.as_mut().iter_mut().zip(a.as_ref()).zip(b.as_ref()) {
                    *out = T::from_f64(libm::pow(a.to_f64(), b.to_f64()));
                }
            }
        }
        _ => return false,
    }
    true
}

/// All others but the activations.
#[inline(always)]
pub fn by_vector<V: Real>(
    simd: V::Simd,
    operation: Operation,
    [a, b, c]: [&[V::Row]; 3],
    out: &mut [V::Row],
) {
    // A loop for each: a closure passed as a value need not be inlined into the code for the instruction set.
    macro_rules! each {
        (|$x:ident| $image:expr) => {
            for (out, a) in out.iter_mut().zip(a) {
                let $x = V::load(simd, a);
                $image.store(out);
            }
        };
        (|$x:ident, $y:ident| $image:expr) => {
            for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                let ($x, $y) = (V::load(simd, a), V::load(simd, b));
                $image.store(out);
            }
        };
    }
    match operation {
        Operation::Unary(Unary::Negate) => each!(|x| -x),
        Operation::Unary(Unary::Function(function)) => match function {
            Function::Abs => each!(|x| x.abs()),
            Function::Sign => each!(|x| {
                let zero = x.int(0);
                x.where_below(zero, x.int(-1), zero.where_below(x, x.int(1), x))
            }),
            Function::Step => each!(|x| x.where_equal(x, x.int(0).where_below(x, x.int(1), x.int(0)), x)),
            Function::Exp => each!(|x| exponential(x)),
            Function::Sqrt => each!(|x| x.sqrt()),
            Function::Log | Function::Sin | Function::Cos | Function::Atan => {}
        },
        Operation::Binary(Binary::Operator(operator)) => match operator {
            Operator::Add => each!(|x, y| x + y),
            Operator::Subtract => each!(|x, y| x - y),
            Operator::Multiply => each!(|x, y| x * y),
            Operator::Divide => each!(|x, y| x / y),
            Operator::Min => each!(|x, y| x.where_equal(x, x.where_below(y, x, y), x)),
            Operator::Max => each!(|x, y| x.where_equal(x, y.where_below(x, x, y), x)),
            Operator::Power => {}
        },
        Operation::Binary(Binary::Less) => each!(|x, y| x.where_below(y, x.int(1), x.int(0))),
        Operation::Binary(Binary::LessEqual) => {
            each!(|x, y| x.where_below(y, x.int(1), x.where_equal(y, x.int(1), x.int(0))));
        }
        Operation::Binary(Binary::Equal) => each!(|x, y| x.where_equal(y, x.int(1), x.int(0))),
        Operation::Select => {
            for (((out, a), b), c) in out.iter_mut().zip(a).zip(b).zip(c) {
                let holds = V::load(simd, a);
                holds.int(0).where_below(holds, V::load(simd, b), V::load(simd, c)).store(out);
            }
        }
        Operation::Unary(Unary::Activation(_)) => {}
    }
}
