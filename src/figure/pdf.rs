//! Scenes as PDF: one page, its fonts inside, no date and no number that differs from run to run.

use pdf_writer::types::{CidFontType, FontFlags, LineJoinStyle, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str};

use super::font::{Face, Font, thousandths};
use super::number::hundredths;
use super::scene::{Anchor, Form, Ink, Place, Scene, Shape, Stroke, WHITE};
use super::words::{self, Run};

/// How far a slanted letter leans: the tangent of 12 degrees.
const SLANT: f32 = 0.21;
/// The handles of a quarter of a circle: `4/3 (sqrt 2 - 1)`.
const ROUND: f64 = 0.552_284_749_830_793_4;

const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const PAGE: Ref = Ref::new(3);
const CONTENT: Ref = Ref::new(4);
const INFO: Ref = Ref::new(5);
/// The first object of a font; it has five.
const FONTS: [(Face, i32, Name<'static>); 2] = [(Face::Regular, 6, Name(b"R")), (Face::Bold, 11, Name(b"B"))];
/// The first object of the states in which something is less than opaque.
const STATES: i32 = 16;

const IDENTITY: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// A scene as a file.
#[must_use]
pub fn pdf(scene: &Scene, title: &str) -> Vec<u8> {
    let opacities = opacities(scene);
    let mut pdf = Pdf::new();
    pdf.set_version(1, 4);
    pdf.catalog(CATALOG).pages(PAGES);
    pdf.pages(PAGES).kids([PAGE]).count(1);
    let mut page = pdf.page(PAGE);
    page.parent(PAGES).media_box(Rect::new(0.0, 0.0, single(scene.width), single(scene.height)));
    page.contents(CONTENT);
    let mut resources = page.resources();
    let mut fonts = resources.fonts();
    for (_, first, name) in FONTS {
        fonts.pair(name, Ref::new(first));
    }
    fonts.finish();
    let mut states = resources.ext_g_states();
    for (state, number) in opacities.iter().zip(STATES..) {
        states.pair(Name(state_name(*state).as_bytes()), Ref::new(number));
    }
    states.finish();
    resources.finish();
    page.finish();
    pdf.stream(CONTENT, &content(scene));
    pdf.document_info(INFO).title(pdf_writer::TextStr(title)).creator(pdf_writer::TextStr("initsweep"));
    for (face, first, _) in FONTS {
        font(&mut pdf, face.font(), first);
    }
    for (state, number) in opacities.iter().zip(STATES..) {
        let opacity = hundredth(*state);
        pdf.ext_graphics(Ref::new(number)).non_stroking_alpha(opacity);
    }
    pdf.finish()
}

/// The opacities of a scene, in hundredths.
fn opacities(scene: &Scene) -> Vec<i64> {
    let opacity = |shape: &Shape| match shape {
        Shape::Area(_, _, opacity) => Some(hundredths(*opacity)),
        _ => None,
    };
    let mut all: Vec<i64> = scene.shapes.iter().filter_map(opacity).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn state_name(opacity: i64) -> String {
    format!("A{opacity}")
}

/// Five objects: the font, what it is made of, its description, its file, and which characters its glyphs are.
fn font(pdf: &mut Pdf, font: &Font, first: i32) {
    let [whole, part, descriptor, file, unicode] = [0, 1, 2, 3, 4].map(|i| Ref::new(first + i));
    let name = [b"INITSW+", font.name].concat();
    let name = Name(&name);
    pdf.type0_font(whole)
        .base_font(name)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(part)
        .to_unicode(unicode);
    let mut widths: Vec<(u16, u16)> = font.glyphs.iter().map(|glyph| (glyph.number, glyph.advance)).collect();
    widths.sort_unstable();
    widths.dedup();
    let mut cid = pdf.cid_font(part);
    cid.subtype(CidFontType::Type2).base_font(name).system_info(IDENTITY).font_descriptor(descriptor);
    cid.cid_to_gid_map_predefined(Name(b"Identity"));
    let mut list = cid.widths();
    for (number, advance) in widths {
        list.same(number, number, single(thousandths(advance)));
    }
    list.finish();
    cid.finish();
    let em = |units: i16| single(thousandths(units));
    let [left, bottom, right, top] = font.bounds.map(em);
    pdf.font_descriptor(descriptor)
        .name(name)
        .flags(FontFlags::NON_SYMBOLIC)
        .bbox(Rect::new(left, bottom, right, top))
        .italic_angle(0.0)
        .ascent(em(1854))
        .descent(em(-434))
        .cap_height(em(1409))
        .stem_v(80.0)
        .font_file2(file);
    pdf.stream(file, font.deflated).filter(Filter::FlateDecode).pair(Name(b"Length1"), font.length);
    let mut map = UnicodeCmap::new(Name(b"Characters"), IDENTITY);
    for glyph in &font.glyphs {
        map.pair(glyph.number, glyph.character);
    }
    pdf.cmap(unicode, &map.finish());
}

/// A hundredth.
#[expect(clippy::cast_precision_loss, reason = "hundredths of a page")]
fn hundredth(count: i64) -> f32 {
    count as f32 / 100.0
}

/// A length to the hundredth of a point.
fn single(value: f64) -> f32 {
    hundredth(hundredths(value))
}

fn content(scene: &Scene) -> Vec<u8> {
    let mut page = Page { content: Content::new(), height: scene.height };
    page.content.set_line_join(LineJoinStyle::RoundJoin);
    page.fill(WHITE);
    page.content.rect(0.0, 0.0, single(scene.width), single(scene.height)).fill_nonzero();
    scene.shapes.iter().for_each(|shape| page.shape(shape));
    page.content.finish().into_vec()
}

/// The content of a page, whose y grows upwards.
struct Page {
    content: Content,
    height: f64,
}

impl Page {
    fn at(&self, (x, y): Place) -> (f32, f32) {
        (single(x), single(self.height - y))
    }

    fn fill(&mut self, ink: Ink) {
        let [red, green, blue] = rgb(ink);
        self.content.set_fill_rgb(red, green, blue);
    }

    fn stroke(&mut self, Stroke { ink, width, dash }: Stroke) {
        let [red, green, blue] = rgb(ink);
        self.content.set_stroke_rgb(red, green, blue).set_line_width(single(width));
        match dash {
            (0.0, _) => self.content.set_dash_pattern([], 0.0),
            (dash, gap) => self.content.set_dash_pattern([single(dash), single(gap)], 0.0),
        };
    }

    fn path(&mut self, places: &[Place]) {
        for (index, &place) in places.iter().enumerate() {
            let (x, y) = self.at(place);
            if index == 0 {
                self.content.move_to(x, y)
            } else {
                self.content.line_to(x, y)
            };
        }
    }

    fn rectangle(&mut self, (x, y): Place, (width, height): (f64, f64)) {
        let (x, y) = self.at((x, y + height));
        self.content.rect(x, y, single(width), single(height));
    }

    fn circle(&mut self, (x, y): Place, radius: f64) {
        let handle = radius * ROUND;
        let start = self.at((x + radius, y));
        self.content.move_to(start.0, start.1);
        let (mut from, mut along) = ((radius, 0.0), (0.0, handle));
        for _ in 0..4 {
            let to = (-from.1, from.0);
            let back = (-along.1, along.0);
            let [a, b, c] = [(from.0 + along.0, from.1 + along.1), (to.0 - back.0, to.1 - back.1), to]
                .map(|(dx, dy)| self.at((x + dx, y + dy)));
            self.content.cubic_to(a.0, a.1, b.0, b.1, c.0, c.1);
            (from, along) = (to, back);
        }
        self.content.close_path();
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Line(places, stroke) => {
                self.stroke(*stroke);
                self.path(places);
                self.content.stroke();
            }
            Shape::Area(places, ink, opacity) => {
                let state = state_name(hundredths(*opacity));
                self.content.save_state().set_parameters(Name(state.as_bytes()));
                self.fill(*ink);
                self.path(places);
                self.content.close_path().fill_nonzero().restore_state();
            }
            Shape::Rect(at, size, ink) => {
                self.fill(*ink);
                self.rectangle(*at, *size);
                self.content.fill_nonzero();
            }
            Shape::Marker { at, form, radius, ink, is_hollow } => {
                self.marker(*at, *form, *radius, (*ink, *is_hollow));
            }
            Shape::Words { at, runs, size, anchor, face, is_turned } => {
                self.words(*at, runs, *size, (*anchor, *face, *is_turned));
            }
            Shape::Clip(at, size) => {
                self.content.save_state();
                self.rectangle(*at, *size);
                self.content.clip_nonzero().end_path();
            }
            Shape::EndClip => {
                self.content.restore_state();
            }
        }
    }

    fn marker(&mut self, at: Place, form: Form, radius: f64, (ink, is_hollow): (Ink, bool)) {
        if is_hollow {
            self.fill(WHITE);
            self.stroke(Stroke::solid(ink, 0.9));
        } else {
            self.fill(ink);
        }
        if form == Form::Circle {
            self.circle(at, radius);
        } else {
            let place = |(dx, dy): &(f64, f64)| (at.0 + radius * dx, at.1 + radius * dy);
            let corners: Vec<Place> = form.corners().iter().map(place).collect();
            self.path(&corners);
            self.content.close_path();
        }
        if is_hollow {
            self.content.fill_nonzero_and_stroke()
        } else {
            self.content.fill_nonzero()
        };
    }

    fn words(&mut self, at: Place, runs: &[Run], size: f64, (anchor, face, is_turned): (Anchor, Face, bool)) {
        let width = size * words::width(runs, face);
        let mut before = match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -width / 2.0,
            Anchor::End => -width,
        };
        self.fill(Ink::Text);
        self.content.begin_text();
        for run in runs {
            let up = run.raised * size;
            let slant = if run.is_slanted { SLANT } else { 0.0 };
            let (x, y) = if is_turned {
                self.at((at.0 - up, at.1 - before))
            } else {
                self.at((at.0 + before, at.1 - up))
            };
            let matrix = if is_turned { [0.0, 1.0, -1.0, slant, x, y] } else { [1.0, 0.0, slant, 1.0, x, y] };
            self.run(run, single(run.size * size), face, matrix);
            before += run.size * size * face.width(&run.text);
        }
        self.content.end_text();
    }

    /// Shows one run; what the bold face lacks is regular, and what both lack is a question mark.
    fn run(&mut self, run: &Run, size: f32, face: Face, matrix: [f32; 6]) {
        let has_all = run.text.chars().all(|c| face.glyph(c).is_some());
        let face = if has_all { face } else { Face::Regular };
        let name = FONTS.iter().find(|(one, ..)| *one == face).map_or(Name(b"R"), |(_, _, name)| *name);
        let glyph = |c| face.glyph(c).or_else(|| face.glyph('?')).map_or(0, |glyph| glyph.number);
        let text: Vec<u8> = run.text.chars().flat_map(|c| glyph(c).to_be_bytes()).collect();
        self.content.set_font(name, size).set_text_matrix(matrix).show(Str(&text));
    }
}

fn rgb(ink: Ink) -> [f32; 3] {
    match ink {
        Ink::Text => [0.0; 3],
        Ink::Rgb(red, green, blue) => [red, green, blue].map(|part| single(f64::from(part) / 255.0)),
    }
}
