//! The same bytes everywhere: hashes of four small figures, and what holds of all of them.

use initsweep::hash::sha256;

use super::drawn::Made;

/// Curves with bands, a map, many layers, a clause with marks, and laws of trial values.
const CONFIGS: [(&str, &str); 5] = [
    (
        "curves",
        "name = 'a'\ntrials = 40\nseed = 5\n[[grid]]\nwidth = 8\ndepth = 5\nbatch = 2\nstd = ['he_normal', 'glorot_normal']\n\
         activation = ['relu', 'tanh']\n[measure]\nlayers = 'all'\nsites = ['post']\nmetrics = ['second_moment']",
    ),
    (
        "map",
        "name = 'a'\ntrials = 40\nseed = 5\n[[grid]]\nwidth = 8\nbatch = 2\nstd = [0.1, 0.2, 0.3, 0.4]\n\
         bias_std = [0, 0.5, 1, 1.5]\nactivation = 'tanh'\n[measure]\nsites = ['pre']\nmetrics = ['second_moment']",
    ),
    (
        "dense",
        "name = 'a'\ntrials = 40\nseed = 5\n[[grid]]\nwidth = 4\ndepth = 30\nbatch = 2\nstd = 'he_normal'\n\
         activation = 'relu'\n[measure]\nlayers = 'all'\nsites = ['post']\nmetrics = ['dead', 'rms']",
    ),
    (
        "wanted",
        "name = 'a'\ntrials = 40\nseed = 5\n[[grid]]\nlabel = 'a < b & c'\nwidth = 8\ndepth = 4\nbatch = 1\n\
         std = ['1/sqrt(fan_in)', '2/sqrt(fan_in)']\nactivation = 'tanh'\n[measure]\nlayers = 'all'\nsites = ['pre']\n\
         metrics = ['second_moment']\n[[figure]]\nname = 'map'\nmetric = 'second_moment'\nx = 'previous'\ncolor = 'sigma_w'\n\
         marks = [{ x = 0.5, y = 0.5, text = '$q^*$' }]",
    ),
    (
        "laws",
        "name = 'a'\ntrials = 100\nseed = 5\n[[grid]]\nwidth = 8\ndepth = 3\nbatch = 1\nstd = '1/sqrt(fan_in)'\n[measure]\n\
         layers = 'all'\nsites = ['pre']\nmetrics = ['second_moment']\n[[figure]]\nmetric = 'second_moment'\nx = 'value'\n\
         layers = [1, 3]\n[[figure]]\nmetric = 'second_moment'\nx = 'value'\nshow = ['ecdf']",
    ),
];

/// SHA-256 of all SVG, then of all PDF, of each config.
const GOLDEN: [[&str; 2]; 5] = [
    [
        "6007582a2c3e535c4f3d6d4df50b99f96a3e5cab427956aec1c37c52d8b99185",
        "2f84d9fe5bd4533cb50e5ee82fdb4e5430223900b4fc61c2c93932fc1f430412",
    ],
    [
        "e7846f507816e5ac90c576d2218ac1aae8a31510922b7419219b8d9bdcd96743",
        "ca16346348fd2f99de353013ab2748b8be276a703f936baca2470ccb444957d0",
    ],
    [
        "c3ff3652f572c1f2d2d2a95520b0b3098a3410795abb7abaa67f11e10e0f212b",
        "af0c4bb411420ed4a17060deca3291373fedde9aea5580b242b1afae6f2e850b",
    ],
    [
        "c4dabc07d1a279ced13946bd1251e7a8f0b3eb109786074066e17d287bd07c67",
        "01ef987fd8a5efa397e397526f047086357e376348a257f7343cb5db5f167a1c",
    ],
    [
        "c86ad1aeb6f8024eba836c1870a544d5196a23173adcc7f1e3bad4c36554f42a",
        "04b65d5881126e6e8d474b1947b8218ebaa18f5e3f488f3fc9c5b6bd9e9123e1",
    ],
];

#[test]
fn the_bytes_of_small_figures_never_change() {
    let mut found = Vec::new();
    for (name, text) in CONFIGS {
        let drawn = Made::new(text).draw();
        assert!(!drawn.figures.is_empty(), "{name}: {:?}", drawn.left_out);
        let svg: String = drawn.figures.iter().map(|figure| figure.svg.as_str()).collect();
        let pdf: Vec<u8> = drawn.figures.iter().flat_map(|figure| figure.pdf.clone()).collect();
        found.push([sha256(svg), sha256(pdf)]);
    }
    assert_eq!(found, GOLDEN);
}

#[test]
fn every_picture_is_xml_with_ids_of_its_own_and_asks_nothing_of_the_net() {
    for (_, text) in CONFIGS {
        for figure in Made::new(text).draw().figures {
            let mut reader = quick_xml::Reader::from_str(&figure.svg);
            let mut ids: Vec<String> = Vec::new();
            loop {
                match reader.read_event().expect("XML") {
                    quick_xml::events::Event::Eof => break,
                    quick_xml::events::Event::Start(start) | quick_xml::events::Event::Empty(start) => {
                        let ids_here = start.attributes().map(|one| one.expect("an attribute"));
                        let ids_here = ids_here.filter(|one| one.key.as_ref() == "id");
                        ids.extend(ids_here.map(|one| one.value.into_owned()));
                    }
                    _ => {}
                }
            }
            let count = ids.len();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), count);
            assert!(ids.iter().all(|id| id.starts_with(&format!("figure-{}-", figure.name))), "{ids:?}");
            let rest = figure.svg.replace("http://www.w3.org/2000/svg", "").replace("url(#figure-", "");
            assert!(!rest.contains("http") && !rest.contains("url(") && !rest.contains("href"));
            // With another font, texts keep the room that they were given.
            assert_eq!(rest.matches("<text ").count(), rest.matches(" textLength=\"").count());
        }
    }
}

#[test]
fn labels_are_escaped_and_stay_text() {
    let text = "name = 'a'\ntrials = 40\n[[grid]]\nlabel = '<img src=x onerror=alert(1)>'\nwidth = 4\ndepth = 3\nstd = 1\n\
                [[grid]]\nlabel = 'it costs $5'\nwidth = 4\ndepth = 3\nstd = 2\n[measure]\nlayers = 'all'\n\
                sites = ['post']\nmetrics = ['std']";
    let svg = Made::new(text).draw().figures.remove(0).svg;
    assert!(svg.contains("&lt;img src=x onerror=alert(1)&gt;") && svg.contains("it costs $5"));
    assert!(!svg.contains("<img"));
}
