//! Colours: of names, of numbers, and of deviations.

use super::scene::{Form, Ink};

/// Okabe and Ito's colours, which people with any colour vision tell apart; the yellow is too pale for lines. Two of
/// them have little contrast on white: the forms of markers say the same.
const NAMES: [Ink; 7] = [
    Ink::Rgb(0x00, 0x72, 0xb2),
    Ink::Rgb(0xd5, 0x5e, 0x00),
    Ink::Rgb(0x00, 0x9e, 0x73),
    Ink::Rgb(0xcc, 0x79, 0xa7),
    Ink::Rgb(0xe6, 0x9f, 0x00),
    Ink::Rgb(0x56, 0xb4, 0xe9),
    Ink::Rgb(0x4d, 0x4d, 0x4d),
];

/// Viridis at 17 places.
const VIRIDIS: [[u8; 3]; 17] = [
    [68, 1, 84],
    [72, 20, 103],
    [71, 38, 117],
    [68, 55, 129],
    [63, 71, 136],
    [57, 86, 140],
    [49, 101, 142],
    [43, 115, 142],
    [38, 130, 142],
    [33, 145, 140],
    [31, 159, 136],
    [44, 175, 127],
    [68, 190, 112],
    [103, 204, 92],
    [144, 215, 67],
    [195, 223, 46],
    [253, 231, 37],
];

/// From purple by white to green.
const DEVIATIONS: [[u8; 3]; 7] = [
    [118, 42, 131],
    [175, 141, 195],
    [231, 212, 232],
    [247, 247, 247],
    [217, 240, 211],
    [127, 191, 123],
    [27, 120, 55],
];

/// The brightest part of viridis that a line on white may have.
const BRIGHTEST: f64 = 0.92;

/// The colour and the form of series `index` of `count`; of numbers, the colours ascend with them.
#[must_use]
pub fn series(index: usize, count: usize, are_numbers: bool) -> (Ink, Form) {
    let form = Form::ALL[index % Form::ALL.len()];
    if !are_numbers {
        return (NAMES[index % NAMES.len()], form);
    }
    let last = f64::from(u32::try_from(count.saturating_sub(1).max(1)).unwrap_or(u32::MAX));
    let at = f64::from(u32::try_from(index).unwrap_or(u32::MAX)) / last;
    (viridis(BRIGHTEST * at), form)
}

/// Viridis from 0 to 1.
#[must_use]
pub fn viridis(at: f64) -> Ink {
    between(&VIRIDIS, at)
}

/// A deviation: -1 is purple, 0 white, 1 green.
#[must_use]
pub fn deviation(at: f64) -> Ink {
    between(&DEVIATIONS, f64::midpoint(at, 1.0))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 255")]
#[expect(clippy::cast_precision_loss, reason = "few places")]
fn between(places: &[[u8; 3]], at: f64) -> Ink {
    let at = at.clamp(0.0, 1.0) * (places.len() - 1) as f64;
    let index = (libm::floor(at) as usize).min(places.len() - 2);
    let part = at - index as f64;
    let mix = |channel: usize| {
        let (a, b) = (f64::from(places[index][channel]), f64::from(places[index + 1][channel]));
        libm::round(a + part * (b - a)) as u8
    };
    Ink::Rgb(mix(0), mix(1), mix(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_five_names_look_different() {
        let looks: Vec<(Ink, Form)> = (0..35).map(|index| series(index, 35, false)).collect();
        assert!((0..35).all(|a| (0..a).all(|b| looks[a] != looks[b])));
    }

    #[test]
    fn ends_and_middle_are_as_printed() {
        assert_eq!(viridis(0.0), Ink::Rgb(68, 1, 84));
        assert_eq!(viridis(1.0), Ink::Rgb(253, 231, 37));
        assert_eq!(deviation(0.0), Ink::Rgb(247, 247, 247));
    }
}
