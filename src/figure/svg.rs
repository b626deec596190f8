//! Scenes as SVG: attributes and no style sheet, which every program that reads SVG understands.
//!
//! Black is `currentColor` and the paper has the class `paper`, so that a page can give the same bytes other colours. Every
//! id begins with the name of the figure, for several figures may stand in one page.

use std::fmt::Write;

use super::font::Face;
use super::number::coordinate as n;
use super::scene::{Anchor, Form, Ink, Place, Scene, Shape, Stroke};
use super::words::{Run, width};

/// Families with the same advances.
const FAMILIES: &str = "Helvetica, Arial, 'Liberation Sans', Arimo, 'Nimbus Sans', sans-serif";

/// A scene as a file.
#[must_use]
pub fn svg(scene: &Scene, name: &str, title: &str, caption: &str) -> String {
    let (width, height) = (n(scene.width), n(scene.height));
    let (title, caption) = (escaped(title), escaped(caption));
    let id = id(name);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}pt\" height=\"{height}pt\" viewBox=\"0 0 {width} \
         {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-caption\" font-family=\"{FAMILIES}\" \
         fill=\"currentColor\" stroke-linejoin=\"round\">\n<title id=\"{id}-title\">{title}</title>\n\
         <desc id=\"{id}-caption\">{caption}</desc>\n\
         <rect class=\"paper\" width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    let mut clips = 0;
    for one in &scene.shapes {
        shape(&mut out, one, &id, &mut clips);
    }
    out += "</svg>\n";
    out
}

/// The text with what XML takes for its own written otherwise; characters that XML has no place for are left out.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            '\n' | '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

/// The name as the beginning of an id.
fn id(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
    format!("figure-{}", name.chars().map(plain).collect::<String>())
}

fn shape(out: &mut String, shape: &Shape, id: &str, clips: &mut usize) {
    let written = match shape {
        Shape::Line(places, stroke) => {
            write!(out, "<path d=\"{}\" fill=\"none\"{}/>", path(places), attributes(*stroke))
        }
        Shape::Area(places, ink, opacity) => {
            let opacity =
                if *opacity < 1.0 { format!(" fill-opacity=\"{}\"", n(*opacity)) } else { String::new() };
            write!(out, "<path d=\"{}Z\" fill=\"{}\"{opacity}/>", path(places), color(*ink))
        }
        Shape::Rect(at, size, ink) => {
            write!(out, "<rect {} fill=\"{}\"/>", rectangle(*at, *size), color(*ink))
        }
        Shape::Marker { at, form, radius, ink, is_hollow } => {
            marker(out, *at, *form, *radius, (*ink, *is_hollow));
            Ok(())
        }
        Shape::Words { at, runs, size, anchor, face, is_turned } => {
            words(out, *at, runs, *size, (*anchor, *face, *is_turned));
            Ok(())
        }
        Shape::Clip(at, size) => {
            *clips += 1;
            let rectangle = rectangle(*at, *size);
            write!(
                out,
                "<clipPath id=\"{id}-clip-{clips}\"><rect {rectangle}/></clipPath>\n<g clip-path=\"url(#{id}-clip-{clips})\">"
            )
        }
        Shape::EndClip => write!(out, "</g>"),
    };
    written.expect("a string takes it");
    out.push('\n');
}

fn color(ink: Ink) -> String {
    match ink {
        Ink::Text => "currentColor".to_owned(),
        Ink::Rgb(255, 255, 255) => "#fff".to_owned(),
        Ink::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
    }
}

fn rectangle((x, y): Place, (width, height): (f64, f64)) -> String {
    format!("x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"", n(x), n(y), n(width), n(height))
}

fn attributes(Stroke { ink, width, dash }: Stroke) -> String {
    let dash = match dash {
        (0.0, _) => String::new(),
        (dash, gap) => format!(" stroke-dasharray=\"{} {}\"", n(dash), n(gap)),
    };
    format!(" stroke=\"{}\" stroke-width=\"{}\"{dash}", color(ink), n(width))
}

fn path(places: &[Place]) -> String {
    let mut out = String::new();
    for (index, (x, y)) in places.iter().enumerate() {
        let letter = if index == 0 { "M" } else { "L" };
        write!(out, "{letter}{} {}", n(*x), n(*y)).expect("a string takes it");
    }
    out
}

fn marker(out: &mut String, (x, y): Place, form: Form, radius: f64, (ink, is_hollow): (Ink, bool)) {
    let color = color(ink);
    let paint = if is_hollow {
        format!("class=\"hollow\" fill=\"#fff\" stroke=\"{color}\" stroke-width=\"0.9\"")
    } else {
        format!("fill=\"{color}\"")
    };
    let written = if form == Form::Circle {
        write!(out, "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" {paint}/>", n(x), n(y), n(radius))
    } else {
        let corners: Vec<Place> =
            form.corners().iter().map(|(dx, dy)| (x + radius * dx, y + radius * dy)).collect();
        write!(out, "<path d=\"{}Z\" {paint}/>", path(&corners))
    };
    written.expect("a string takes it");
}

fn words(
    out: &mut String,
    (x, y): Place,
    runs: &[Run],
    size: f64,
    (anchor, face, is_turned): (Anchor, Face, bool),
) {
    let anchor = match anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let weight = if face == Face::Bold { " font-weight=\"bold\"" } else { "" };
    let place = if is_turned {
        format!("transform=\"translate({} {}) rotate(-90)\"", n(x), n(y))
    } else {
        format!("x=\"{}\" y=\"{}\"", n(x), n(y))
    };
    // Where none of the families is there, another one is fitted into the room that the text was given.
    let length = n(width(runs, face) * size);
    write!(
        out,
        "<text {place} font-size=\"{}\"{anchor}{weight} textLength=\"{length}\" lengthAdjust=\"spacingAndGlyphs\">",
        n(size)
    )
    .expect("a string takes it");
    let mut raised = 0.0;
    for run in runs {
        let mut style = String::new();
        if run.is_slanted {
            style += " font-style=\"italic\"";
        }
        if run.size < 1.0 {
            write!(style, " font-size=\"{}\"", n(run.size * size)).expect("a string takes it");
        }
        if run.raised.to_bits() != f64::to_bits(raised) {
            write!(style, " dy=\"{}\"", n((raised - run.raised) * size)).expect("a string takes it");
            raised = run.raised;
        }
        let text = escaped(&run.text);
        let written = if style.is_empty() {
            write!(out, "{text}")
        } else {
            write!(out, "<tspan{style}>{text}</tspan>")
        };
        written.expect("a string takes it");
    }
    *out += "</text>";
}
