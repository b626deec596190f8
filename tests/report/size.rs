//! A report of thousands of cells is no larger than one that can be read.

use crate::cli::{Place, code, stderr, table};
use crate::page::parse;

#[test]
fn thousands_of_cells_have_a_page_that_opens_and_says_what_it_leaves_out() {
    let place = Place::new();
    place.file(
        "a.toml",
        "name = 'a'\ntrials = 2\n[defaults]\nbatch = 1\n[measure]\nlayers = 'all'\nmetrics = ['mean', 'rms']\n\
         [[grid]]\nwidth = [1, 2]\ndepth = 2\nstd = { from = 0.1, to = 3.0, points = 1000 }",
    );
    let output = place.run(&["run", "a.toml", "--quiet", "--out", "run"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = place.read("run/report.html");
    assert!(text.len() <= 5_000_000, "{}", text.len());
    let page = parse(&text);
    // Input, pre and post of layer 2, two metrics each.
    let summary = table(&place.read("run/summary.csv"));
    let is_last =
        |row: &&std::collections::HashMap<String, String>| row["layer"] == "2" || row["site"] == "input";
    let last: Vec<_> = summary.iter().filter(is_last).collect();
    assert_eq!((summary.len(), last.len()), (20_000, 12_000));
    let numbers = page.table("Estimates with their 95 % intervals, beside theory");
    assert_eq!(numbers.len(), 1 + 2000);
    for (shown, row) in numbers[1..].iter().zip(last) {
        let place = ["layer", "site", "metric"].map(|column| row[column].clone());
        assert!(shown.windows(3).any(|fields| fields == place), "{shown:?}");
    }
    let said = page.id("numbers").text();
    assert!(said.contains("the first 2000 of 12000 numbers of last layers"), "{said}");
    assert!(said.contains("18000 of 20000 numbers. To see them:\ninitsweep show . --all"), "{said}");
}
