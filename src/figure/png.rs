//! Figures as PNG: the SVG, painted with the fonts that the PDF has inside, and one whose letters lean.

use std::sync::Arc;

use resvg::{tiny_skia, usvg};

use super::font::Face;

/// Dots per inch.
const DOTS: f32 = 300.0;
/// Units of length of an SVG per inch.
const UNITS: f32 = 96.0;

/// Arimo Italic, letters alone: the painter does not slant, as the PDF does.
const ITALIC: &[u8] = include_bytes!("../../assets/arimo-italic.ttf.z");

/// A figure as PNG, 300 dots to an inch. No font of the machine is used; bytes may differ from one version of the painter to
/// the next.
///
/// # Errors
///
/// If the text is no SVG, or if the picture is too large for the memory.
pub fn png(svg: &str) -> Result<Vec<u8>, String> {
    let mut fonts = usvg::fontdb::Database::new();
    for deflated in [Face::Regular.font().deflated, Face::Bold.font().deflated, ITALIC] {
        let font = miniz_oxide::inflate::decompress_to_vec_zlib(deflated);
        fonts.load_font_data(font.map_err(|error| error.to_string())?);
    }
    let options = usvg::Options { fontdb: Arc::new(fonts), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| error.to_string())?;
    let scale = DOTS / UNITS;
    let size = tree.size().to_int_size().scale_by(scale).ok_or("the picture has no size")?;
    let mut picture =
        tiny_skia::Pixmap::new(size.width(), size.height()).ok_or("there is no memory for the picture")?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut picture.as_mut());
    picture.encode_png().map(|png| sized(&png)).map_err(|error| error.to_string())
}

/// Bytes of the signature and of the first chunk, the header of the picture.
const HEAD: usize = 8 + 25;

/// The same picture with how large it is on paper: the chunk `pHYs`, dots per metre in both directions.
fn sized(png: &[u8]) -> Vec<u8> {
    let dots = 11_811_u32.to_be_bytes();
    let chunk = [&b"pHYs"[..], &dots, &dots, &[1]].concat();
    let (head, rest) = png.split_at(HEAD.min(png.len()));
    [head, &9_u32.to_be_bytes(), &chunk, &crc32fast::hash(&chunk).to_be_bytes(), rest].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page with one line of text, or without.
    fn page(text: &str) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"72pt\" height=\"36pt\" viewBox=\"0 0 72 36\" \
             font-family=\"Helvetica, Arimo, sans-serif\" fill=\"currentColor\"><rect width=\"72\" height=\"36\" fill=\"#fff\"/>\
             <text x=\"4\" y=\"20\" font-size=\"12\">{text}</text></svg>"
        )
    }

    #[test]
    fn a_picture_has_its_size_and_its_words() {
        let decoded = |text: &str| tiny_skia::Pixmap::decode_png(&png(&page(text)).unwrap()).unwrap();
        let picture = decoded("sigma");
        assert_eq!((picture.width(), picture.height()), (300, 150));
        let dark = |picture: &tiny_skia::Pixmap| {
            picture.pixels().iter().filter(|pixel| pixel.red() < 64 && pixel.alpha() == 255).count()
        };
        // 300 dots per 0.0254 m, as every reader of the format finds it: checked with its sum.
        let bytes = png(&page("")).unwrap();
        assert_eq!(bytes[HEAD..HEAD + 21], *b"\0\0\0\x09pHYs\0\0\x2e\x23\0\0\x2e\x23\x01\x78\xa5\x3f\x76");
        // Without a font all words would vanish without a word.
        assert!(dark(&picture) > 200, "{}", dark(&picture));
        assert_eq!(dark(&decoded("")), 0);
        // Letters of formulas lean, and are no others.
        let [upright, slanted] = ["bcdf", "<tspan font-style=\"italic\">bcdf</tspan>"].map(decoded);
        assert_ne!(upright.data(), slanted.data());
        assert!(dark(&slanted) > 200, "{}", dark(&slanted));
        assert!(png("no svg").is_err());
        assert_eq!(png(&page("a")).unwrap(), png(&page("a")).unwrap());
    }
}
