//! Whether the colours of the page can be read.

use super::policy::STYLE;

/// Relative luminance of `#rrggbb` (WCAG 2.2, definition "relative luminance").
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { libm::pow((value + 0.055) / 1.055, 2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

/// Contrast ratio of two colours, 1 to 21.
fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The variables of a block of the style: name and colour.
fn variables(block: &str) -> Vec<(&str, &str)> {
    let declarations = block.split(['{', '}', ';']).map(str::trim);
    declarations.filter_map(|one| one.strip_prefix("--")?.split_once(": ")).collect()
}

/// The colours that `property` has anywhere.
fn used(property: &str) -> Vec<&'static str> {
    let declarations = STYLE.split(['{', '}', ';']).map(str::trim);
    let values = declarations.filter_map(|one| one.strip_prefix(property)?.strip_prefix(": "));
    let mut names: Vec<&str> =
        values.filter_map(|value| value.strip_prefix("var(--")?.strip_suffix(')')).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[test]
fn contrast_is_that_of_wcag() {
    assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-12);
    // The example that WCAG's working group gives for the border of level AA.
    assert!((contrast("#767676", "#ffffff") - 4.54).abs() < 5e-3);
}

#[test]
fn every_text_can_be_read_on_every_ground_in_light_and_dark() {
    let (light, dark) = STYLE.split_once("@media screen and (prefers-color-scheme: dark)").unwrap();
    let dark = dark.split_once("* {").unwrap().0;
    let (texts, grounds) = (used("color"), used("background"));
    assert_eq!(texts, ["failed", "held", "ink", "link", "soft", "undecided"]);
    assert_eq!(grounds, ["band", "paper"]);
    for scheme in [light, dark] {
        let colours = variables(scheme);
        let find =
            |name: &str| colours.iter().find(|(one, _)| *one == name).unwrap_or_else(|| panic!("{name}")).1;
        for text in &texts {
            for ground in &grounds {
                let contrast = contrast(find(text), find(ground));
                assert!(contrast >= 4.5, "{text} on {ground}: {contrast:.2}");
            }
        }
    }
}

#[test]
fn no_text_and_no_ground_has_a_colour_of_its_own() {
    for one in STYLE.split(['{', '}', ';']).map(str::trim) {
        let Some((property, value)) = one.split_once(": ") else { continue };
        let is_free = matches!(value, "none" | "inherit") || value.starts_with("var(--");
        // The paper of figures is white in the dark, too.
        let is_paper = matches!((property, value), ("background", "#ffffff") | ("color", "#000000"));
        assert!(is_free || is_paper || !matches!(property, "color" | "background"), "{one}");
    }
}
