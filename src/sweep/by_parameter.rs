//! One thing for every parameter, such as the values that it has.

use std::ops::{Index, IndexMut};

use super::parameter::Parameter;

/// One thing for every parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByParameter<T>([T; Parameter::COUNT]);

impl<T> ByParameter<T> {
    /// What `make` gives for each of them.
    pub fn new(make: impl FnMut(Parameter) -> T) -> Self {
        Self(Parameter::ALL.map(make))
    }
}

impl<T> Index<Parameter> for ByParameter<T> {
    type Output = T;
    fn index(&self, parameter: Parameter) -> &T {
        &self.0[parameter as usize]
    }
}

impl<T> IndexMut<Parameter> for ByParameter<T> {
    fn index_mut(&mut self, parameter: Parameter) -> &mut T {
        &mut self.0[parameter as usize]
    }
}
