//! The header of a `.npy` file (numpy.lib.format, versions 1 to 3): what its entries are, and how they stand in it.

use crate::network::Element;

/// Longest header that is read: that of a plain table has 128 bytes.
const LONGEST: usize = 1 << 16;

/// What the file says of its entries.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub element: Element,
    /// Whether they stand column after column.
    pub is_fortran: bool,
    /// Rows and columns.
    pub shape: [usize; 2],
}

/// Where the text of the header begins, and how long it is; `start` are the first 12 bytes of the file, or all of it.
pub(super) fn extent(start: &[u8]) -> Result<(usize, usize), String> {
    let Some(rest) = start.strip_prefix(b"\x93NUMPY") else {
        return Err(match start {
            [b'P', b'K', ..] => "it is an archive (.npz): numpy.save writes one table".to_owned(),
            _ => "it is no .npy file: it does not begin with \\x93NUMPY".to_owned(),
        });
    };
    let (at, length) = match rest {
        [1, _, low, high, ..] => (10, usize::from(u16::from_le_bytes([*low, *high]))),
        [2 | 3, _, a, b, c, d, ..] => {
            (12, usize::try_from(u32::from_le_bytes([*a, *b, *c, *d])).unwrap_or(usize::MAX))
        }
        [1..=3, ..] | [] => return Err(CUT.to_owned()),
        [version, ..] => return Err(format!("it has version {version} of the format; 1 to 3 are read")),
    };
    if length > LONGEST {
        return Err(format!("its header has {length} bytes, and that of a table at most {LONGEST}"));
    }
    Ok((at, length))
}

/// What is said of a file that ends inside its header.
pub(super) const CUT: &str = "it ends inside its header";

/// Reads the header: `{'descr': '<f8', 'fortran_order': False, 'shape': (1797, 64), }`.
pub(super) fn header(bytes: &[u8]) -> Result<Header, String> {
    let broken = || "its header cannot be read".to_owned();
    let text = std::str::from_utf8(bytes).map_err(|_| broken())?;
    let mut words = Words { rest: text };
    let (mut descr, mut is_fortran, mut shape) = (None, None, None);
    words.take("{").ok_or_else(broken)?;
    while words.take("}").is_none() {
        let key = words.string().ok_or_else(broken)?;
        words.take(":").ok_or_else(broken)?;
        match key {
            "descr" if words.take("[").is_some() => {
                return Err(
                    "its entries are records of several fields; a table of numbers is read".to_owned()
                );
            }
            "descr" => descr = Some(words.string().ok_or_else(broken)?),
            "fortran_order" => {
                let is_true = words.take("True").map(|()| true);
                is_fortran =
                    Some(is_true.or_else(|| words.take("False").map(|()| false)).ok_or_else(broken)?);
            }
            "shape" => shape = Some(words.numbers().ok_or_else(broken)?),
            _ => return Err(broken()),
        }
        if words.take(",").is_none() {
            words.take("}").ok_or_else(broken)?;
            break;
        }
    }
    let (Some(descr), Some(is_fortran), Some(shape)) = (descr, is_fortran, shape) else {
        return Err(broken());
    };
    let shape = <[usize; 2]>::try_from(shape).map_err(|shape| {
        format!("it has {} dimensions; a table of 2 is read, N samples by n_0 features", shape.len())
    })?;
    if shape.contains(&0) {
        return Err(format!("it is {} x {}: there is nothing in it", shape[0], shape[1]));
    }
    Ok(Header { element: element(descr)?, is_fortran, shape })
}

/// The type of this name.
fn element(descr: &str) -> Result<Element, String> {
    // NumPy marks the order of bytes of types of one byte with `|`, and reads any.
    let native = descr.strip_prefix(['<', '|', '=']).unwrap_or(descr);
    let found = Element::ALL.into_iter().find(|one| one.name()[1..] == *native);
    found.ok_or_else(|| match descr.as_bytes() {
        [_, b'O', ..] => "its entries are pickled objects; save them as numbers".to_owned(),
        [b'>', ..] => format!("its entries are {descr:?}, of big-endian bytes; save them as little-endian"),
        _ => {
            let names = Element::ALL.map(Element::name).join(", ");
            format!("its entries are {descr:?}; read are {names}")
        }
    })
}

/// What is left of a Python literal.
struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    fn take(&mut self, word: &str) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(word)?;
        Some(())
    }

    /// A string without escapes.
    fn string(&mut self) -> Option<&'a str> {
        let quote = ["'", "\""].into_iter().find(|quote| self.take(quote).is_some())?;
        let (text, rest) = self.rest.split_once(quote)?;
        self.rest = rest;
        Some(text)
    }

    /// A tuple of whole numbers.
    fn numbers(&mut self) -> Option<Vec<usize>> {
        self.take("(")?;
        let mut numbers = Vec::new();
        while self.take(")").is_none() {
            let rest = self.rest.trim_start();
            let digits = rest.find(|c: char| !c.is_ascii_digit())?;
            numbers.push(rest[..digits].parse().ok()?);
            self.rest = &rest[digits..];
            if self.take(",").is_none() {
                self.take(")")?;
                break;
            }
        }
        Some(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_says_type_order_and_shape_however_it_is_spaced() {
        let plain = header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }    \n").unwrap();
        assert_eq!(plain, Header { element: Element::F4, is_fortran: false, shape: [3, 2] });
        let other = header(b"{\"shape\":(3,2),'fortran_order':True,'descr':'|u1'}").unwrap();
        assert_eq!(other, Header { element: Element::U1, is_fortran: true, shape: [3, 2] });
    }

    #[test]
    fn what_is_no_table_of_numbers_is_refused_by_name() {
        let of = |descr: &str, shape: &str| {
            header(format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}").as_bytes())
                .unwrap_err()
        };
        assert!(of("'|O'", "(3, 2)").contains("pickled"));
        assert!(of("'>f8'", "(3, 2)").contains("big-endian"));
        assert!(of("'<c16'", "(3, 2)").contains("<f8"));
        assert!(of("[('a', '<f8')]", "(3,)").contains("records"));
        assert!(of("'<f8'", "(3,)").contains("1 dimensions"));
        assert!(of("'<f8'", "(3, 0)").contains("nothing"));
        assert!(of("'<f8'", "(3, 99999999999999999999999)").contains("cannot be read"));
    }

    #[test]
    fn no_header_makes_it_panic() {
        let whole = b"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }";
        for end in 0..whole.len() {
            assert!(header(&whole[..end]).is_err(), "{end}");
            let mut changed = *whole;
            for byte in [0, b'\'', b'(', 255] {
                changed[end] = byte;
                let _either = header(&changed);
            }
        }
        for start in [
            &b""[..],
            b"\x93NUMPY",
            b"\x93NUMPY\x01\x00",
            b"\x93NUMPY\x02\x00\xff\xff\xff\xff",
            b"\x93NUMPY\x09\x00abcdef",
        ] {
            assert!(extent(start).is_err());
        }
        assert_eq!(extent(b"\x93NUMPY\x01\x00v\x00{'").unwrap(), (10, 118));
    }
}
