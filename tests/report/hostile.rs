//! Labels, claims, formulas and names that mean harm are shown, and do nothing.

use crate::cli::{Place, code, stderr};
use crate::page::{Element, parse};
use crate::repository::root;

const IMAGE: &str = "<img src=x onerror=alert(1)>";

/// A config with harm wherever a config takes words.
fn config() -> String {
    let end = "</script><script>alert(1)</script>]]>";
    format!(
        r#"
# {IMAGE} {end} --> </pre> </details>
name = "a"
purpose = "{end} {IMAGE} &amp; \"quoted\""
trials = 40
[measure]
metrics = ["std"]
sites = ["post"]
[[grid]]
label = "{IMAGE}"
width = [4, 5]
std = "sqrt(2/fan_in)"
[[grid]]
label = "{end}"
width = 4
std = 1
[[expect]]
claim = "it' onclick='alert(1)' {IMAGE}"
where = "width < 5 && activation == 'linear'"
metric = "std"
site = "post"
at_most = 1e9
[[compare]]
parameter = "label"
baseline = "{end}"
"#
    )
}

/// The page of a config.
fn page(config: &str) -> (String, Element) {
    let place = Place::new();
    place.file("a.toml", config);
    let output = place.run(&["run", "a.toml", "--quiet", "--out", "run"]);
    assert!([0, 4].contains(&code(&output)), "{}", stderr(&output));
    let text = place.read("run/report.html");
    let page = parse(&text);
    (text, page)
}

/// Nothing in it can run, or be fetched, but what the program wrote.
fn assert_inert(page: &Element) {
    let mut ids: Vec<&str> = page.all().iter().filter_map(|one| one.attribute("id")).collect();
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
    for name in ["img", "iframe", "object", "embed", "base", "i", "video", "audio"] {
        assert!(page.named(name).is_empty(), "{name}");
    }
    assert_eq!(page.named("b").len(), page.named("figure").len(), "one for each number of a figure");
    let [script, style] = ["script", "style"].map(|name| {
        let all = page.named(name);
        assert_eq!(all.len(), 1, "{name}");
        all[0].text()
    });
    for (name, value) in page.all().iter().flat_map(|one| &one.attributes) {
        assert!(!name.starts_with("on") && name != "src" && name != "style", "{name}={value}");
        assert!(name == "xmlns" || !value.contains("://"), "{name}={value}");
        assert!(!value.contains("url(") || value.starts_with("url(#"), "{name}={value}");
        if name == "href" {
            let is_own =
                ["#claims", "#figures", "#warnings", "#comparisons", "#numbers", "#origin", "data:,"]
                    .contains(&&**value);
            let is_file = value
                .strip_prefix("figures/")
                .unwrap_or(value)
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
            assert!(is_own || is_file, "{value}");
        }
    }
    let is_policy = |one: &&Element| one.attribute("http-equiv") == Some("Content-Security-Policy");
    let policy = page.all().into_iter().find(is_policy).unwrap().attribute("content").unwrap();
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; \
             form-action 'none'",
            base64(&initsweep::hash::sha256(style)),
            base64(&initsweep::hash::sha256(script))
        )
    );
}

/// Base 64 of the bytes with these hex digits, digit by digit of a number in base 2.
fn base64(hex: &str) -> String {
    let bits: Vec<u32> =
        hex.chars().flat_map(|c| (0..4).rev().map(move |i| c.to_digit(16).unwrap() >> i & 1)).collect();
    let digits = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect::<Vec<_>>();
    let mut text: String = bits
        .chunks(6)
        .map(|six| digits[(0..6).fold(0, |number, i| 2 * number + six.get(i).copied().unwrap_or(0)) as usize])
        .collect();
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

#[test]
fn markup_in_words_of_a_config_is_shown_as_it_was_written() {
    let (text, page) = page(&config());
    assert_inert(&page);
    assert!(!text.contains("<img") && text.matches("<script").count() == 1);
    let end = "</script><script>alert(1)</script>]]>";
    assert_eq!(page.named("h1")[0].text(), format!("{end} {IMAGE} &amp; \"quoted\""));
    let claims = page.table("The verdict on every claim");
    assert_eq!(claims[1][1], format!("it' onclick='alert(1)' {IMAGE}"));
    let numbers = page.table("Estimates with their 95 % intervals, beside theory");
    let labels: Vec<&str> = numbers[1..].iter().map(|row| &*row[0]).collect();
    assert_eq!(labels, [IMAGE, IMAGE, end]);
    assert!(page.id("comparisons").text().contains(end));
    assert!(page.id("origin").named("details")[0].text().contains(&config()));
}

#[test]
fn every_hostile_label_stands_in_its_row() {
    let config = std::fs::read_to_string(root().join("tests/hostile_labels.toml")).unwrap();
    let (_, page) = page(&config);
    assert_inert(&page);
    let labels = config.lines().filter_map(|line| line.strip_prefix("label = "));
    let labels: Vec<String> = labels.map(|label| serde_json::from_str(label).unwrap()).collect();
    let numbers = page.table("Estimates with their 95 % intervals, beside theory");
    assert_eq!(numbers.len() - 1, labels.len());
    for (row, label) in numbers[1..].iter().zip(&labels) {
        // What only turns the line round is shown by its number.
        let shown = label.replace('\u{202e}', "\\u{202e}").replace('\u{200f}', "\\u{200f}");
        assert_eq!(row[0], shown);
    }
}

#[test]
fn shipped_configs_give_inert_pages() {
    for name in ["width", "overflow", "collapse"] {
        let config = std::fs::read_to_string(root().join(format!("configs/{name}.toml"))).unwrap();
        let place = Place::new();
        place.file("a.toml", &config);
        let output = place.run(&["run", "a.toml", "--quiet", "--trials", "2", "--out", "run"]);
        assert!([0, 4].contains(&code(&output)), "{name}: {}", stderr(&output));
        assert_inert(&parse(&place.read("run/report.html")));
    }
}
