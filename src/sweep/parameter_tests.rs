//! The rows of the parameters agree with the networks that they describe.

use super::kind::{NetworkField, ParameterKind};
use super::parameter::Parameter;
use crate::network::Network;

#[test]
fn the_order_of_all_is_the_order_of_the_variants() {
    for (index, parameter) in Parameter::ALL.into_iter().enumerate() {
        assert_eq!(parameter as usize, index);
        assert_eq!(Parameter::parse(parameter.name()), Some(parameter));
    }
}

#[test]
fn a_name_that_is_written_is_the_one_that_is_read() {
    for parameter in Parameter::ALL {
        let ParameterKind::Choice { names, get, set } = parameter.row().kind else { continue };
        let mut network = Network::default();
        assert_eq!(parameter.row().default.unwrap().trim_matches('\''), get(&network));
        for name in names() {
            set(&mut network, name);
            assert_eq!(get(&network), name);
        }
    }
}

#[test]
fn a_field_that_is_written_is_the_one_that_is_read() {
    for parameter in Parameter::numbers() {
        let mut network = Network::default();
        let read = match parameter.field().unwrap() {
            NetworkField::Units { get } => {
                network.widths = [5, 7].into();
                network.width = 7;
                get(&network) == if parameter == Parameter::Width { 7 } else { 5 }
            }
            NetworkField::Count { get, set } => {
                set(&mut network, 7);
                get(&network) == 7
            }
            NetworkField::Once { get, set } => {
                set(&mut network, 7.0);
                get(&network).to_bits() == 7.0_f64.to_bits()
            }
            NetworkField::Layers { get, set } => {
                set(&mut network, [7.0].into());
                get(&network)[..] == [7.0]
            }
        };
        assert!(read, "{parameter}");
    }
}
