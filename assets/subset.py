"""Makes the fonts of the figures: python subset.py Arimo-Regular.ttf Arimo-Bold.ttf Arimo-Italic.ttf (fontTools)."""
import sys, zlib
from fontTools import subset
from fontTools.ttLib import TTFont
REGULAR = [*range(0x20, 0x7F), *range(0xA0, 0x100), *range(0x391, 0x3CA), 0x3D1, 0x3D5, *map(ord, "–—‘’“”†‡•…′″⁰⁴⁵⁶⁷⁸⁹⁻ⁿ€←↑→↓∂∆∏∑−√∞∫≈≠≤≥")]
def make(source, target, codes):
    options = subset.Options(hinting=False, name_IDs=[1, 2, 4, 6, 13], layout_features=[], notdef_outline=True, glyph_names=False)
    options.drop_tables += ["GDEF", "GPOS", "GSUB", "kern", "DSIG", "gasp", "meta", "VDMX", "hdmx", "LTSH", "PCLT", "FFTM"]
    font = TTFont(source, recalcTimestamp=False)
    s = subset.Subsetter(options); s.populate(unicodes=codes); s.subset(font)
    font["head"].created = font["head"].modified = 0
    font.save(target)
    data = open(target, "rb").read()
    open(target.replace(".ttf", ".ttf.z"), "wb").write(zlib.compress(data, 9))
    print(target, len(data), len(zlib.compress(data, 9)), font["head"].unitsPerEm)
    return font
regular = make(sys.argv[1], "arimo-regular.ttf", REGULAR)
make(sys.argv[2], "arimo-bold.ttf", range(0x20, 0x7F))
# Letters of formulas.
make(sys.argv[3], "arimo-italic.ttf", [*range(0x41, 0x5B), *range(0x61, 0x7B), *range(0x391, 0x3CA), 0x3D1, 0x3D5])
for name, font in (("regular", regular), ("bold", TTFont("arimo-bold.ttf"))):
    cmap, metrics = font.getBestCmap(), font["hmtx"].metrics
    with open(f"arimo-{name}.tsv", "w") as out:
        for code in sorted(cmap):
            out.write(f"{code}\t{font.getGlyphID(cmap[code])}\t{metrics[cmap[code]][0]}\n")
