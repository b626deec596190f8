//! Enumerations whose variants have names in configs and files.

/// A name that no variant has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind} `{name}`")]
pub struct UnknownName {
    /// What it should have been a name of.
    pub kind: &'static str,
    /// The name.
    pub name: String,
}

/// Declares an enumeration of named variants: `enum Site as "site" { Input = "input", .. }`.
///
/// It has `ALL`, in the order of the variants, `name`, `Display` and `FromStr`.
macro_rules! named {
    (
        $(#[$attribute:meta])*
        pub enum $type:ident as $kind:literal {
            $($(#[$doc:meta])* $variant:ident = $name:expr,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $type {
            $($(#[$doc])* $variant,)+
        }

        impl $type {
            /// Every variant, in order.
            pub const ALL: [Self; [$(Self::$variant),+].len()] = [$(Self::$variant),+];

            /// Its name in configs and files.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl ::std::fmt::Display for $type {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl ::std::str::FromStr for $type {
            type Err = $crate::named::UnknownName;

            fn from_str(name: &str) -> ::std::result::Result<Self, Self::Err> {
                let unknown = || $crate::named::UnknownName { kind: $kind, name: name.to_owned() };
                Self::ALL.into_iter().find(|one| one.name() == name).ok_or_else(unknown)
            }
        }
    };
}
pub(crate) use named;

#[cfg(test)]
mod tests {
    use std::fmt::Debug;
    use std::str::FromStr;

    use super::UnknownName;
    use crate::network::{Metric, Operation, Precision, Site};
    use crate::sweep::{Randomness, Statistic};

    fn reads_back<T: Copy + Debug + PartialEq + ToString + FromStr<Err = UnknownName>>(all: &[T]) {
        for one in all {
            assert_eq!(one.to_string().parse(), Ok(*one));
        }
    }

    #[test]
    fn every_name_reads_back_as_itself() {
        reads_back(&Site::ALL);
        reads_back(&Metric::ALL);
        reads_back(&Operation::ALL);
        reads_back(&Precision::ALL);
        reads_back(&Statistic::ALL);
        reads_back(&Randomness::ALL);
    }

    #[test]
    fn a_name_of_nothing_is_said_to_be_unknown() {
        let error = "Pre".parse::<Site>().unwrap_err();
        assert_eq!(error.to_string(), "unknown site `Pre`");
    }
}
