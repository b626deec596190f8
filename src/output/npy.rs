//! One array as a `.npy` file, version 1.0 (numpy.lib.format).

use crate::network::Precision;

/// The header of a C-ordered little-endian matrix; its entries follow.
#[must_use]
pub fn npy_header(precision: Precision, rows: usize, columns: usize) -> Vec<u8> {
    let kind = match precision {
        Precision::F64 => "<f8",
        Precision::F32 => "<f4",
    };
    let mut text = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    // Magic, version and length take 10 bytes; the whole header is a multiple of 64 and ends in a line feed.
    let padded = (10 + text.len() + 1).next_multiple_of(64);
    text.extend(std::iter::repeat_n(' ', padded - 10 - text.len() - 1));
    text.push('\n');
    // Two numbers are far from this limit.
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], text.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_what_numpy_writes() {
        // numpy.lib.format.write_array_header_1_0 of a (3, 2) float32 array.
        let expected = b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }";
        let header = npy_header(Precision::F32, 3, 2);
        assert_eq!(&header[..expected.len()], expected);
        assert_eq!((header.len(), header.last()), (128, Some(&b'\n')));
    }
}
