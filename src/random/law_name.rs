//! Laws as text: `normal`, `student_t(5)`.

use std::fmt;
use std::str::FromStr;

use super::{Law, Truncation};

impl Law {
    /// Every name, without arguments, in the order of the variants.
    pub const NAMES: [&'static str; 7] =
        ["normal", "uniform", "truncated_normal", "rademacher", "student_t", "laplace", "orthogonal"];

    /// The names of those of independent entries.
    #[must_use]
    pub fn independent() -> &'static [&'static str] {
        &Self::NAMES[..6]
    }

    /// The name without its argument.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Uniform => "uniform",
            Self::TruncatedNormal(_) => "truncated_normal",
            Self::Rademacher => "rademacher",
            Self::StudentT { .. } => "student_t",
            Self::Laplace => "laplace",
            Self::Orthogonal => "orthogonal",
        }
    }
}

/// Canonical text; the argument is the shortest decimal that reads back exactly.
impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StudentT { nu } => write!(f, "student_t({nu})"),
            Self::TruncatedNormal(by) if *by != Truncation::AT_TWO => {
                write!(f, "truncated_normal({})", by.bound())
            }
            _ => f.write_str(self.name()),
        }
    }
}

impl FromStr for Law {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "student_t" || text.starts_with("student_t(") {
            return student_t(&text["student_t".len()..]);
        }
        let laws = [
            Self::Normal,
            Self::Uniform,
            Self::TruncatedNormal(Truncation::AT_TWO),
            Self::Rademacher,
            Self::Laplace,
            Self::Orthogonal,
        ];
        let name = text.split('(').next().unwrap_or(text).trim();
        if name == "truncated_normal" && name != text {
            return truncated_normal(&text[name.len()..]);
        }
        match laws.into_iter().find(|law| law.name() == name) {
            Some(law) if name == text => Ok(law),
            Some(_) => Err(format!("`{name}` takes no argument")),
            None => Err(format!("unknown law `{name}`")),
        }
    }
}

fn number(argument: &str) -> Option<f64> {
    let inner = argument.trim_start().strip_prefix('(')?.strip_suffix(')')?;
    inner.trim().parse().ok()
}

fn truncated_normal(argument: &str) -> Result<Law, String> {
    let (least, largest) = (Truncation::LEAST, Truncation::LARGEST);
    match number(argument) {
        None => Err("`truncated_normal` takes the bound that it is cut at, in standard deviations of the normal law that \
                     is cut, as in `truncated_normal(3)`; without one it is 2"
            .to_owned()),
        Some(bound) if bound > largest => {
            Err(format!("`truncated_normal({bound})` cuts nothing that a draw could show: write `normal`"))
        }
        Some(bound) if bound > 0.0 && bound < least => {
            Err(format!("`truncated_normal({bound})` is as good as constant where it is not cut: write `uniform`"))
        }
        Some(bound) => Truncation::new(bound).map(Law::TruncatedNormal).ok_or_else(|| {
            format!("`truncated_normal({bound})` has no entries: its bound must be from {least} to {largest}")
        }),
    }
}

fn student_t(argument: &str) -> Result<Law, String> {
    match number(argument) {
        Some(nu) if nu > 2.0 && nu.is_finite() => Ok(Law::StudentT { nu }),
        Some(nu) if nu.is_infinite() && nu > 0.0 => {
            Err("`student_t` with infinite degrees of freedom, scaled to variance 1, is `normal`".to_owned())
        }
        Some(nu) => Err(format!(
            "`student_t({nu})` cannot be scaled to variance 1: its variance is finite only above 2 degrees of freedom"
        )),
        None => Err("`student_t` needs its degrees of freedom, as in `student_t(5)`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_itself() {
        for name in Law::NAMES {
            let text = if name == "student_t" { "student_t(5)" } else { name };
            let law: Law = text.parse().unwrap();
            assert_eq!(law.name(), name);
            assert_eq!(law.to_string(), text);
        }
    }

    #[test]
    fn student_t_needs_a_finite_variance() {
        for text in ["student_t(2)", "student_t(-1)", "student_t(nan)", "student_t(inf)"] {
            assert!(text.parse::<Law>().unwrap_err().contains("variance"), "{text}");
        }
        assert!("student_t".parse::<Law>().unwrap_err().contains("student_t(5)"));
        assert!("normal(1)".parse::<Law>().is_err());
    }

    #[test]
    fn a_truncated_normal_is_cut_at_two_unless_it_says_where() {
        for (text, canonical) in [
            ("truncated_normal(3)", "truncated_normal(3)"),
            ("truncated_normal( 2.50 )", "truncated_normal(2.5)"),
            ("truncated_normal(2)", "truncated_normal"),
            ("truncated_normal", "truncated_normal"),
        ] {
            assert_eq!(text.parse::<Law>().unwrap().to_string(), canonical);
        }
        for (text, reason) in [
            ("truncated_normal(0)", "from 0.001 to 8"),
            ("truncated_normal(-2)", "from 0.001 to 8"),
            ("truncated_normal(nan)", "from 0.001 to 8"),
            ("truncated_normal(inf)", "write `normal`"),
            ("truncated_normal(9)", "write `normal`"),
            ("truncated_normal(1e-9)", "write `uniform`"),
            ("truncated_normal()", "`truncated_normal(3)`"),
            ("truncated_normal(-2, 2)", "`truncated_normal(3)`"),
            ("truncated_normal(3", "`truncated_normal(3)`"),
        ] {
            let error = text.parse::<Law>().unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_bound_that_is_displayed_reads_back(bound in 0.001..8.0_f64) {
            let law = Law::TruncatedNormal(Truncation::new(bound).unwrap());
            proptest::prop_assert_eq!(law.to_string().parse(), Ok(law));
        }

        #[test]
        fn display_then_parse_is_the_identity(nu in 2.000_001..1e300_f64) {
            assert_eq!(Law::StudentT { nu }.to_string().parse(), Ok(Law::StudentT { nu }));
        }

        #[test]
        fn parsing_never_panics(text in ".*") {
            let _ = text.parse::<Law>();
        }
    }
}
