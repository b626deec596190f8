//! Configs that are almost valid, planned in an address space of 512 MiB: see `tests/hostile_configs.rs`.

use std::process::Command;

use crate::cli::{Place, binary, stderr};
use crate::near_valid::Generator;
use crate::nightly::nightly;

#[test]
fn the_program_plans_near_valid_configs_in_a_small_address_space() {
    let place = Place::new();
    let mut generator = Generator::new(11);
    let mut codes = [0; 3];
    let runs = if nightly() { 1000 } else { 60 };
    for i in 0..runs {
        let file = place.file("near.toml", &generator.config([30, 200][i % 2]));
        let script = "ulimit -v 524288 && exec \"$0\" plan \"$1\" --threads 2";
        let output = Command::new("sh").args(["-c", script]).arg(binary()).arg(&file).output().unwrap();
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 2)), "{code:?}: {}\n{}", stderr(&output), place.read("near.toml"));
        codes[usize::try_from(code.unwrap()).unwrap()] += 1;
    }
    println!("{} accepted, {} refused", codes[0], codes[2]);
    assert!(codes[0] >= 5 && codes[2] >= 5, "{codes:?}");
}
