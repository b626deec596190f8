//! "Did you mean".

/// The candidate closest to `word`, if it is close enough to be meant.
pub(crate) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Skip very long words: the comparison is quadratic.
    if word.len() > 40 {
        return None;
    }
    let plain = word.to_lowercase().replace('-', "_");
    let distance = |candidate: &str| {
        let part = plain.len() >= 3 && (candidate.starts_with(&plain) || plain.starts_with(candidate));
        let typing = strsim::damerau_levenshtein(&plain, candidate);
        let close = typing <= 1 + candidate.len() / 5 && typing < candidate.len();
        (close || part).then_some(typing)
    };
    let close = candidates.into_iter().filter_map(|candidate| Some((distance(candidate)?, candidate)));
    let mut close: Vec<_> = close.collect();
    close.sort_by_key(|(distance, _)| *distance);
    match close[..] {
        // One of several that are equally close is a guess.
        [(first, a), (second, b), ..] if first == second && a != b && first > 0 => None,
        _ => close.first().map(|(_, candidate)| *candidate),
    }
}

/// A number with its digits in groups of three.
pub(crate) fn grouped(value: u128) -> String {
    let digits = value.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok());
    groups.collect::<Vec<_>>().join(",")
}

/// `a, b and c`.
pub(crate) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<_> = words.into_iter().collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

/// A help line: what may be meant, or all there is.
pub(crate) fn help(word: &str, what: &str, candidates: &[&str]) -> String {
    match closest(word, candidates.iter().copied()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => format!("{what}: {}", list(candidates.iter().copied())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_mistakes_are_recognised() {
        let keys = ["width", "depth", "input_std", "activation"];
        assert_eq!(closest("widht", keys), Some("width"));
        assert_eq!(closest("Depth", keys), Some("depth"));
        assert_eq!(closest("input-std", keys), Some("input_std"));
        assert_eq!(closest("act", keys), Some("activation"));
        assert_eq!(closest("lin", ["linear", "log"]), Some("linear"));
        assert_eq!(closest("colour", keys), None);
        assert_eq!(closest("celu", ["relu", "gelu", "selu", "elu"]), None);
        assert_eq!(closest("", keys), None);
        assert_eq!(closest(&"a".repeat(10_000_000), keys), None);
    }

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!(["1", "1,000", "16,777,216"], [1, 1000, 1 << 24].map(grouped)[..]);
    }

    #[test]
    fn lists_are_english() {
        assert_eq!(list(["a", "b", "c"]), "a, b and c");
        assert_eq!(list(["a"]), "a");
        assert_eq!(list([]), "");
    }
}
