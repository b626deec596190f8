//! The two fonts of the figures, Arimo Regular and Bold: which glyph shows a character, and how far it advances.
//!
//! Helvetica, Arial and Liberation Sans have the same advances, so what is laid out here fits in any of them.

use std::sync::LazyLock;

/// Units of the fonts per em.
const UNITS: f64 = 2048.0;

/// One of the faces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// Everything.
    Regular,
    /// Letters of panels and titles of legends: ASCII alone.
    Bold,
}

/// A glyph of a face.
#[derive(Clone, Copy, Debug)]
pub struct Glyph {
    /// What it shows.
    pub character: char,
    /// Its number in the font file.
    pub number: u16,
    /// Its advance in units of the font.
    pub advance: u16,
}

/// What is known of a face.
pub struct Font {
    /// The name in its own table of names.
    pub name: &'static [u8],
    /// The file, deflated in the format of zlib.
    pub deflated: &'static [u8],
    /// Its length when it is inflated.
    pub length: i32,
    /// `[xMin, yMin, xMax, yMax]` of all glyphs, in units of the font.
    pub bounds: [i16; 4],
    /// By character.
    pub glyphs: Vec<Glyph>,
}

static REGULAR: LazyLock<Font> = LazyLock::new(|| Font {
    name: b"Arimo",
    deflated: include_bytes!("../../assets/arimo-regular.ttf.z"),
    length: 22448,
    bounds: [-416, -434, 2048, 1854],
    glyphs: glyphs(include_str!("../../assets/arimo-regular.tsv")),
});

static BOLD: LazyLock<Font> = LazyLock::new(|| Font {
    name: b"Arimo-Bold",
    deflated: include_bytes!("../../assets/arimo-bold.ttf.z"),
    length: 9076,
    bounds: [-32, -455, 1931, 1520],
    glyphs: glyphs(include_str!("../../assets/arimo-bold.tsv")),
});

/// Reads lines of character, glyph and advance; they ascend.
fn glyphs(table: &str) -> Vec<Glyph> {
    let glyph = |line: &str| {
        let mut numbers = line.split('\t').map(str::parse::<u16>);
        let mut next = || numbers.next()?.ok();
        let (character, number, advance) = (next()?, next()?, next()?);
        Some(Glyph { character: char::from_u32(character.into())?, number, advance })
    };
    table.lines().filter_map(glyph).collect()
}

impl Face {
    /// What is known of it.
    #[must_use]
    pub fn font(self) -> &'static Font {
        match self {
            Self::Regular => &REGULAR,
            Self::Bold => &BOLD,
        }
    }

    /// The glyph of a character; `None` if the face has none.
    #[must_use]
    pub fn glyph(self, character: char) -> Option<Glyph> {
        let glyphs = &self.font().glyphs;
        let found = glyphs.binary_search_by_key(&character, |glyph| glyph.character).ok()?;
        Some(glyphs[found])
    }

    /// Width of a text in em. What the bold face lacks is regular; a character without any glyph counts as a full square,
    /// which is what other scripts take.
    #[must_use]
    pub fn width(self, text: &str) -> f64 {
        let glyph = |c: char| self.glyph(c).or_else(|| Self::Regular.glyph(c));
        let advance = |c: char| glyph(c).map_or(1.0, |glyph| f64::from(glyph.advance) / UNITS);
        text.chars().map(advance).sum()
    }
}

/// A length of the font in thousandths of an em.
#[must_use]
pub fn thousandths(units: impl Into<f64>) -> f64 {
    units.into() * 1000.0 / UNITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_tables_is_a_glyph_and_they_ascend() {
        for (face, table) in [
            (Face::Regular, include_str!("../../assets/arimo-regular.tsv")),
            (Face::Bold, include_str!("../../assets/arimo-bold.tsv")),
        ] {
            let glyphs = &face.font().glyphs;
            assert_eq!(glyphs.len(), table.lines().count());
            assert!(glyphs.windows(2).all(|pair| pair[0].character < pair[1].character));
        }
    }

    #[test]
    fn advances_are_those_of_helvetica() {
        // Adobe's metrics of Helvetica, in thousandths.
        let helvetica =
            [('a', 556), ('i', 222), ('W', 944), ('m', 833), ('0', 556), (' ', 278), ('%', 889), ('@', 1015)];
        for (character, advance) in helvetica {
            let own = thousandths(Face::Regular.glyph(character).unwrap().advance);
            assert!((own - f64::from(advance)).abs() < 1.0, "{character}: {own}");
        }
    }
}
