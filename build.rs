//! Records what the binary was built from: commit, compiler, target and profile.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let set = |name: &str, value: &str| println!("cargo::rustc-env=INITSWEEP_{name}={value}");
    set("COMMIT", &commit(&variable("CARGO_MANIFEST_DIR")));
    set("RUSTC", output(&variable("RUSTC"), &["--version"]).as_deref().unwrap_or("unknown"));
    set("TARGET", &variable("TARGET"));
    set("PROFILE", &variable("PROFILE"));
    println!("cargo::rerun-if-env-changed={COMMIT}");
    for file in ["build.rs", "src", "Cargo.toml", ".git/HEAD", ".git/index"] {
        if Path::new(file).exists() {
            println!("cargo::rerun-if-changed={file}");
        }
    }
}

/// Says the commit where there is no git and no package: in the archive of a distribution.
const COMMIT: &str = "INITSWEEP_COMMIT";

/// The commit that the builder names, else that of the checkout, else of the package that the source came in.
fn commit(directory: &str) -> String {
    if let Some(named) = env::var(COMMIT).ok().filter(|named| !named.is_empty()) {
        return named;
    }
    let in_checkout = Path::new(directory).join(".git").exists();
    let described = in_checkout.then(|| output("git", &["describe", "--always", "--abbrev=12"])).flatten();
    // `describe --dirty` would write the index, which is watched: the next command would build everything anew.
    let changes = ["--no-optional-locks", "status", "--porcelain", "--untracked-files=no"];
    let is_dirty = || output("git", &changes).is_some_and(|changes| !changes.is_empty());
    let described = described.map(|commit| if is_dirty() { commit + "-dirty" } else { commit });
    described.or_else(|| packaged_commit(directory)).unwrap_or_else(|| "unknown commit".to_owned())
}

/// `cargo package` writes the commit into this file.
fn packaged_commit(directory: &str) -> Option<String> {
    let text = std::fs::read_to_string(Path::new(directory).join(".cargo_vcs_info.json")).ok()?;
    let hash = text.split("\"sha1\"").nth(1)?.split('"').nth(1)?;
    Some(hash.chars().take(12).collect())
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
