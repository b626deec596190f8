//! The report among the files of a run: it follows from the others, and vouches for nothing.

use std::fs;

use crate::cli::{Place, code, stderr, stdout};

const CONFIG: &str = "name = 'a'\ntrials = 40\n[measure]\nmetrics = ['rms']\nsites = ['post']\n[[grid]]\nwidth = [4, 5]\nstd = 1";

/// A finished run in `run`.
fn finished() -> Place {
    let place = Place::new();
    place.file("a.toml", CONFIG);
    let output = place.run(&["run", "a.toml", "--out", "run"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(stderr(&output).trim_end().lines().last(), Some("report: run/report.html"));
    place
}

#[test]
fn the_same_files_give_the_same_bytes_wherever_they_are() {
    let place = finished();
    let page = place.read("run/report.html");
    fs::create_dir_all(place.path().join("elsewhere/figures")).unwrap();
    for file in ["config.toml", "summary.csv", "datapackage.json", "run.json"] {
        fs::copy(place.path().join("run").join(file), place.path().join("elsewhere").join(file)).unwrap();
    }
    for path in ["run", "elsewhere", "elsewhere/../elsewhere/"] {
        let output = place.run(&["report", path]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert!(stdout(&output).is_empty());
        assert_eq!(place.read(&format!("{path}/report.html")), page);
    }
}

#[test]
fn figures_stand_in_the_page_if_they_were_drawn() {
    let place = finished();
    let page = crate::page::parse(&place.read("run/report.html"));
    let figures = page.named("figure");
    assert!(!figures.is_empty());
    for figure in &figures {
        assert_eq!((figure.named("svg").len(), figure.named("figcaption").len()), (1, 1));
        let links: Vec<_> = figure.named("a").iter().filter_map(|link| link.attribute("href")).collect();
        assert_eq!(links.len(), 2);
        for link in links {
            assert!(place.path().join("run").join(link).is_file(), "{link}");
        }
    }
    assert_eq!(code(&place.run(&["run", "a.toml", "--quiet", "--no-figures", "--out", "bare"])), 0);
    let bare = place.read("bare/report.html");
    assert!(bare.contains("None were drawn.") && !bare.contains("<svg"));
    assert_eq!(code(&place.run(&["report", "bare"])), 0);
    assert_eq!(place.read("bare/report.html"), bare);
    assert_eq!(code(&place.run(&["figures", "bare"])), 0);
    assert_eq!(code(&place.run(&["report", "bare"])), 0);
    let drawn = crate::page::parse(&place.read("bare/report.html"));
    assert_eq!(drawn.named("figure").len(), figures.len());
}

#[test]
fn a_run_without_its_report_is_finished_and_gets_it_again() {
    let place = finished();
    let page = place.read("run/report.html");
    let before = fs::metadata(place.path().join("run/run.json")).unwrap().modified().unwrap();
    fs::remove_file(place.path().join("run/report.html")).unwrap();
    assert_eq!(code(&place.run(&["show", "run"])), 0);
    let output = place.run(&["run", "a.toml", "--out", "run"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).contains("finished and intact: nothing to do"), "{}", stderr(&output));
    assert_eq!(place.read("run/report.html"), page);
    assert_eq!(fs::metadata(place.path().join("run/run.json")).unwrap().modified().unwrap(), before);
}

#[test]
fn a_run_that_is_enlarged_has_no_old_report() {
    let place = finished();
    let old = place.read("run/report.html");
    assert_eq!(code(&place.run(&["run", "a.toml", "--trials", "50", "--quiet", "--out", "run"])), 0);
    let new = place.read("run/report.html");
    assert!(old.contains("40 random networks each") && new.contains("50 random networks each"));
    assert_eq!(code(&place.run(&["report", "run"])), 0);
    assert_eq!(place.read("run/report.html"), new);
}

#[test]
fn shards_get_one_report_when_they_are_merged() {
    let place = Place::new();
    place.file("a.toml", CONFIG);
    for shard in ["0/2", "1/2"] {
        assert_eq!(code(&place.run(&["run", "a.toml", "--quiet", "--out", "run", "--shard", shard])), 0);
    }
    let refused = place.run(&["report", "run"]);
    assert_eq!(code(&refused), 3, "{}", stderr(&refused));
    assert!(stderr(&refused).contains("initsweep merge"), "{}", stderr(&refused));
    let merged = place.run(&["merge", "run"]);
    assert_eq!(code(&merged), 0, "{}", stderr(&merged));
    assert_eq!(stderr(&merged).trim_end().lines().last(), Some("report: run/report.html"));
    let page = place.read("run/report.html");
    assert_eq!(code(&place.run(&["report", "run"])), 0);
    assert_eq!(place.read("run/report.html"), page);
}

#[test]
fn a_run_that_is_not_finished_is_refused() {
    let place = finished();
    fs::remove_file(place.path().join("run/run.json")).unwrap();
    let output = place.run(&["report", "run"]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    assert!(stderr(&output).contains("not finished"), "{}", stderr(&output));
    let output = place.run(&["report", "nowhere"]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(!place.path().join("nowhere").exists());
}

#[test]
fn tables_that_were_changed_are_not_reported() {
    let place = finished();
    let page = place.read("run/report.html");
    fs::write(place.path().join("run/summary.csv"), place.read("run/summary.csv") + "\n").unwrap();
    let output = place.run(&["report", "run"]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(stderr(&output).contains("summary.csv has changed"), "{}", stderr(&output));
    assert_eq!(place.read("run/report.html"), page);
}

#[test]
fn verify_tells_whether_the_page_is_that_of_the_files() {
    let place = finished();
    let verify = || place.run(&["verify", "run", "--trials", "1"]);
    let said = |output: &std::process::Output| {
        let text = stdout(output);
        text.lines().find(|line| line.starts_with("report.html")).unwrap_or_default().to_owned()
    };
    let output = verify();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(said(&output).contains("byte for byte"));
    fs::write(place.path().join("run/report.html"), "<p>all is well</p>").unwrap();
    let output = verify();
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(said(&output).contains("DIFFERS"));
    let run = place.read("run/run.json");
    let commit = run.split("\"commit\": \"").nth(1).unwrap().split('"').next().unwrap();
    fs::write(place.path().join("run/run.json"), run.replace(commit, "0123456789ab")).unwrap();
    assert_eq!(code(&verify()), 0);
    assert!(said(&verify()).contains("differs from the page of this program"));
    fs::remove_file(place.path().join("run/report.html")).unwrap();
    assert_eq!(code(&verify()), 0);
    assert!(said(&verify()).contains("not there"));
}

#[test]
fn a_report_of_something_else_is_never_overwritten() {
    let place = Place::new();
    place.file("a.toml", CONFIG);
    fs::create_dir(place.path().join("run")).unwrap();
    place.file("run/report.html", "dear");
    let output = place.run(&["run", "a.toml", "--out", "run"]);
    assert_eq!(code(&output), 73, "{}", stderr(&output));
    assert!(stderr(&output).contains("a report.html of something else"), "{}", stderr(&output));
    assert_eq!(place.read("run/report.html"), "dear");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_written_through() {
    let place = finished();
    let victim = place.file("victim", "dear");
    fs::remove_file(place.path().join("run/report.html")).unwrap();
    std::os::unix::fs::symlink(&victim, place.path().join("run/report.html")).unwrap();
    let output = place.run(&["report", "run"]);
    assert_eq!(code(&output), 73, "{}", stderr(&output));
    assert!(stderr(&output).contains("in the way"), "{}", stderr(&output));
    assert_eq!(place.read("victim"), "dear");
}

#[cfg(target_os = "linux")]
#[test]
fn it_is_opened_where_somebody_asks_for_it() {
    use std::os::unix::fs::PermissionsExt;
    let place = finished();
    let bin = place.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let opener =
        place.file("bin/xdg-open", "#!/bin/sh\nprintf '%s' \"$1\" > opened.new && mv opened.new opened\n");
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    for arguments in
        [&["report", "run", "--open"][..], &["run", "a.toml", "--quiet", "--out", "run", "--open"]]
    {
        let output = place.command(arguments).env("PATH", &path).output().unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let opened = place.path().join("opened");
        let start = std::time::Instant::now();
        while !opened.exists() && start.elapsed().as_secs() < 20 {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        assert_eq!(place.read("opened"), "run/report.html");
        fs::remove_file(opened).unwrap();
    }
    let output = place.command(&["report", "run", "--open"]).env("PATH", "").output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).contains("note: cannot open the page"), "{}", stderr(&output));
}
