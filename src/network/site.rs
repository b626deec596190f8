//! Where in a layer something is measured.

use std::ops::{Index, IndexMut};

use crate::named::named;

named! {
    /// Where in a layer a metric is measured.
    pub enum Site as "site" {
        /// `X_0`, layer 0
        Input = "input",
        /// Pre-activation `H_l`
        Pre = "pre",
        /// Post-activation `X_l`
        Post = "post",
    }
}

/// One `T` for every site.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BySite<T>([T; Site::ALL.len()]);

impl<T> BySite<T> {
    /// What `f` makes of every site.
    #[must_use]
    pub fn from_fn(f: impl FnMut(Site) -> T) -> Self {
        Self(Site::ALL.map(f))
    }
}

impl<T> Index<Site> for BySite<T> {
    type Output = T;

    fn index(&self, site: Site) -> &T {
        &self.0[site as usize]
    }
}

impl<T> IndexMut<Site> for BySite<T> {
    fn index_mut(&mut self, site: Site) -> &mut T {
        &mut self.0[site as usize]
    }
}
