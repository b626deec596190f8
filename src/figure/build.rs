//! From a clause and its rows to figures.

use super::arrange::{Along, Arrangement, PANELS, arrange};
use super::curves::curves;
use super::drawing::Figure;
use super::factors::Levels;
use super::input::Input;
use super::items::{Item, has_layers, items};
use super::material::{Material, named_level};
use super::panels::panels;
use super::{caption, entry, law, map, names, pdf, slopes, svg, table, words};
use crate::sweep::expression::Name;
use crate::sweep::{Factor, FigureClause, FigureX};

/// The items of every figure of a clause, by the levels of what each has a figure of its own.
type Parts = Vec<(Vec<usize>, Vec<usize>)>;

/// Most figures of one clause.
const MOST: usize = super::input::MOST;

/// The figures of a clause: one, or one for each level of what has no other place.
///
/// # Errors
///
/// If there is no number to show, or none of its numbers has a place on a scale that is asked for.
pub fn figures(input: &Input<'_>, clause: &FigureClause, name: &str) -> Result<Vec<Figure>, String> {
    let (mut items, is_curve) = chosen(input, clause, true)?;
    let slopes = if clause.are_slopes { slopes::rows(input, clause, &items)? } else { Vec::new() };
    if clause.are_slopes {
        items = slopes.iter().map(|(cell, row)| Item { cell: *cell, row, band: None }).collect();
    }
    let (items, arrangement, parts) = laid_out(input, clause, items, is_curve)?;
    let is_one = parts.len() == 1;
    let draw = |(index, (levels, kept)): (usize, (Vec<usize>, Vec<usize>))| {
        let material = Material {
            input,
            clause,
            items: kept.iter().map(|&item| items[item]).collect(),
            arrangement: restricted(&arrangement, &kept),
        };
        let name = if is_one { name.to_owned() } else { format!("{name}-{}", index + 1) };
        let level = |(factor, level): (&Levels, &usize)| named_level(factor, *level);
        let part: Vec<String> = arrangement.splits.iter().zip(&levels).map(level).collect();
        figure(&material, name, &part.join(", "))
    };
    parts.into_iter().enumerate().map(draw).collect()
}

/// What can be said against a clause before there is any number: rows without numbers will do.
///
/// # Errors
///
/// As [`figures`], for all that does not depend on the numbers.
pub fn check(input: &Input<'_>, clause: &FigureClause) -> Result<(), String> {
    let (mut items, is_curve) = chosen(input, clause, true)?;
    if clause.are_slopes {
        items = slopes::last(&items)?;
    }
    let (arrangement, parts) = arranged(input, clause, &items, is_curve)?;
    let lost = || {
        let mut titles: Vec<String> = parts
            .iter()
            .flat_map(|(_, kept)| {
                let items = kept.iter().map(|&item| items[item]).collect();
                let arrangement = restricted(&arrangement, kept);
                panels(&Material { input, clause, items, arrangement }).into_iter().map(|panel| panel.title)
            })
            .collect();
        let mut seen = std::collections::HashSet::new();
        titles.retain(|title| seen.insert(title.clone()));
        let named = clause.marks.iter().filter_map(|mark| mark.panel.as_ref());
        let lost = named.into_iter().find(|panel| !titles.contains(panel))?;
        let all: Vec<String> = titles.iter().map(|title| format!("{title:?}")).collect();
        Some(format!("a mark is for the panel {lost:?}, and the panels are {}", all.join(", ")))
    };
    lost().map_or(Ok(()), Err)
}

/// The items of a clause with their arrangement, and its figures; of last layers alone, if layers along an axis that nobody asked for
/// leave no room for what the cells differ in.
fn laid_out<'a>(
    input: &Input<'a>,
    clause: &FigureClause,
    items: Vec<Item<'a>>,
    is_curve: bool,
) -> Result<(Vec<Item<'a>>, Arrangement, Parts), String> {
    match arranged(input, clause, &items, is_curve) {
        Ok((arrangement, parts)) => Ok((items, arrangement, parts)),
        Err(error) if !is_curve => Err(error),
        Err(error) => {
            let (last, _) = chosen(input, clause, false)?;
            let (arrangement, parts) = arranged(input, clause, &last, false).map_err(|_| error)?;
            Ok((last, arrangement, parts))
        }
    }
}

/// The arrangement of all items of a clause, and its figures.
fn arranged(
    input: &Input<'_>,
    clause: &FigureClause,
    items: &[Item<'_>],
    is_curve: bool,
) -> Result<(Arrangement, Parts), String> {
    let arrangement = arrange(clause, items, input.cells, is_curve)?;
    let parts = parts(&arrangement.splits, items.len());
    if parts.len() > MOST {
        let factors: Vec<&str> = arrangement.splits.iter().map(title).collect();
        return Err(format!(
            "it would be {} figures, one for each {}: choose cells with `where`, or set `facet` and `color`",
            parts.len(),
            factors.join(" and ")
        ));
    }
    if arrangement.facets.iter().map(Levels::len).product::<usize>() > 3 * PANELS {
        return Err(format!("it would have more than {} panels", 3 * PANELS));
    }
    Ok((arrangement, parts))
}

fn title(factor: &Levels) -> &str {
    if factor.is_label() { "label" } else { &factor.title }
}

/// The rows of a clause, and whether layers are along an x axis that was not asked for, as they may be.
fn chosen<'a>(
    input: &Input<'a>,
    clause: &FigureClause,
    may_be_curve: bool,
) -> Result<(Vec<Item<'a>>, bool), String> {
    let of_layer = |formula: &crate::sweep::Formula| formula.expression.names(Name::Layer);
    let factor = |factor: &Factor| matches!(factor, Factor::Number(formula) if of_layer(formula));
    let by_layer = clause.color.iter().chain(&clause.facets).any(factor);
    let asked = match &clause.x {
        Some(FigureX::Previous | FigureX::Entry) => Some(true),
        Some(FigureX::Value) => Some(false),
        Some(FigureX::Of(formula)) => Some(of_layer(formula)),
        None => None,
    };
    let asked = if clause.are_slopes { Some(true) } else { asked };
    let all = |all_layers| {
        let of_metric = |&metric| items(input, clause, metric, all_layers);
        clause.metrics.iter().map(of_metric).collect::<Result<Vec<_>, _>>()
    };
    let every = all(asked.unwrap_or(true) || by_layer)?;
    let is_curve =
        may_be_curve && asked.is_none() && clause.y.is_none() && every.iter().any(|items| has_layers(items));
    let needs_all = asked == Some(true) || by_layer || is_curve;
    let items = if needs_all { every } else { all(false)? };
    Ok((items.into_iter().flatten().collect(), is_curve))
}

/// The items of every combination of levels that there is.
fn parts(splits: &[Levels], count: usize) -> Parts {
    let levels = |item: usize| splits.iter().map(|factor| factor.of[item]).collect::<Vec<usize>>();
    let mut all: Vec<(Vec<usize>, usize)> = (0..count).map(|item| (levels(item), item)).collect();
    all.sort();
    let part =
        |part: &[(Vec<usize>, usize)]| (part[0].0.clone(), part.iter().map(|(_, item)| *item).collect());
    all.chunk_by(|a, b| a.0 == b.0).map(part).collect()
}

fn restricted(arrangement: &Arrangement, kept: &[usize]) -> Arrangement {
    let pick = |values: &[f64]| kept.iter().map(|&item| values[item]).collect::<Vec<f64>>();
    Arrangement {
        along: match &arrangement.along {
            Along::Number(values) => Along::Number(pick(values)),
            other => other.clone(),
        },
        map: arrangement.map.as_ref().map(|(title, values)| (title.clone(), pick(values))),
        color: arrangement.color.as_ref().map(|levels| levels.restricted(kept)),
        facets: arrangement.facets.iter().map(|levels| levels.restricted(kept)).collect(),
        splits: Vec::new(),
        ..arrangement.clone()
    }
}

fn figure(material: &Material<'_>, name: String, part: &str) -> Result<Figure, String> {
    let clause = material.clause;
    let picture = match &material.arrangement {
        Arrangement { map: Some(_), .. } => map::map(material)?,
        _ if clause.x == Some(FigureX::Entry) => entry::entries(material)?,
        Arrangement { along: Along::Value, .. } => law::law(material)?,
        _ => curves(material)?,
    };
    let of_metric = |&metric: &_| names::shown(metric, clause);
    let quantities: Vec<String> = match clause.x {
        Some(FigureX::Entry) => vec![names::entries(clause.site)],
        _ => clause.metrics.iter().map(of_metric).collect(),
    };
    let mut title = capital(&words::plain(&quantities.join("; ")));
    if !part.is_empty() {
        title = format!("{title}, {}", words::plain(part));
    }
    let caption = format!("{title}. {}", caption::caption(material, &picture.facts));
    Ok(Figure {
        svg: svg::svg(&picture.scene, &name, &title, &caption),
        pdf: pdf::pdf(&picture.scene, &title),
        csv: table::csv(&picture.lines),
        name,
        title,
        caption,
    })
}

/// The text with a capital letter at its beginning.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
