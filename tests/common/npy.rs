//! Files of tables, written by hand.

/// The bytes of a `.npy` file, version 1 or 2, of this dtype, order and shape.
pub fn npy(version: u8, descr: &str, is_fortran: bool, shape: &str, entries: &[u8]) -> Vec<u8> {
    let order = if is_fortran { "True" } else { "False" };
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
    let start = if version == 1 { 10 } else { 12 };
    while (start + text.len() + 1) % 64 != 0 {
        text.push(' ');
    }
    text.push('\n');
    let length = u32::try_from(text.len()).unwrap().to_le_bytes();
    let length = if version == 1 { &length[..2] } else { &length[..] };
    [b"\x93NUMPY", &[version, 0][..], length, text.as_bytes(), entries].concat()
}

/// A table, row after row, as f64.
pub fn of_rows(rows: &[Vec<f64>]) -> Vec<u8> {
    let shape = format!("({}, {})", rows.len(), rows[0].len());
    npy(
        1,
        "<f8",
        false,
        &shape,
        &rows.iter().flatten().flat_map(|entry| entry.to_le_bytes()).collect::<Vec<_>>(),
    )
}

/// The transpose of a table.
pub fn transposed(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    (0..rows[0].len()).map(|column| rows.iter().map(|row| row[column]).collect()).collect()
}

/// Numbers that are whole eighths, of no pattern; the last column but one is constant.
pub fn samples(count: usize, features: usize) -> Vec<Vec<f64>> {
    let mut state = 7_u64;
    let mut entry = |column: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if column + 2 == features { 1.5 } else { f64::from(u32::try_from(state >> 53).unwrap()) / 8.0 - 90.0 }
    };
    (0..count).map(|_| (0..features).map(&mut entry).collect()).collect()
}
