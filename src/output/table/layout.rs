//! Lines of fields, as columns.

/// Between two columns.
const GAP: usize = 2;

/// Left-aligned columns, two blanks apart.
pub(super) fn align(lines: &[Vec<String>]) -> String {
    columns(lines, &widths(lines), 0..lines.first().map_or(0, Vec::len))
}

/// The same, cut into blocks of at most `width` characters that each begin with the first column; a column that is wider
/// has a block of its own.
pub(super) fn blocks(lines: &[Vec<String>], width: usize) -> String {
    let widths = widths(lines);
    let mut texts = Vec::new();
    let mut next = 1;
    while next < widths.len() || texts.is_empty() {
        let mut end = next;
        let mut used = widths.first().copied().unwrap_or(0);
        while end < widths.len() && (end == next || used + GAP + widths[end] <= width) {
            used += GAP + widths[end];
            end += 1;
        }
        texts.push(columns(lines, &widths, next..end));
        next = end.max(next + 1);
    }
    texts.join("\n")
}

/// Characters of the longest line once the columns are aligned.
pub(super) fn width(lines: &[Vec<String>]) -> usize {
    align(lines).lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

fn widths(lines: &[Vec<String>]) -> Vec<usize> {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |i: usize| lines.iter().map(|line| line[i].chars().count()).max().unwrap_or(0);
    (0..columns).map(width).collect()
}

/// The first column, and those of `range`.
fn columns(lines: &[Vec<String>], widths: &[usize], range: std::ops::Range<usize>) -> String {
    let shown: Vec<usize> = (0..widths.len()).filter(|i| *i == 0 || range.contains(i)).collect();
    let mut text = String::new();
    for line in lines {
        let fields: Vec<String> = shown.iter().map(|&i| format!("{:1$}", line[i], widths[i])).collect();
        text += fields.join(&" ".repeat(GAP)).trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[&str]) -> Vec<Vec<String>> {
        text.iter().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_field() {
        assert_eq!(align(&lines(&["a b", "ccc ±"])), "a    b\nccc  ±\n");
    }

    #[test]
    fn what_is_too_wide_is_cut_between_columns_and_every_block_has_the_first() {
        let table = lines(&["layer aa bb cc", "1 x y z"]);
        assert_eq!(blocks(&table, 13), "layer  aa  bb\n1      x   y\n\nlayer  cc\n1      z\n");
        assert_eq!(blocks(&table, 17), align(&table));
        assert_eq!(blocks(&table, 1).matches("layer").count(), 3, "at least one column at a time");
        assert_eq!(width(&table), 17);
    }
}
