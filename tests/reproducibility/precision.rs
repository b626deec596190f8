//! The promise, for networks that store what they compute, and their gradients, in narrow formats.

use crate::bytes::assert_golden;

const MIXED: &str = r#"
name   = "mixed"
seed   = 13
trials = 3

[defaults]
width            = 140
depth            = 4
batch            = 17
std              = "1.5/sqrt(fan_in)"
bias_std         = 0.1
precision        = "f32"
storage          = ["none", "f16", "e4m3"]
gradient_storage = ["none", "f16", "e5m2"]
loss_scale       = [1, "2^12"]

[[grid]]
label      = "plain"
activation = ["relu", "tanh"]
zip        = ["storage", "gradient_storage"]

[[grid]]
label      = "structures"
activation = "gelu"
residual   = ["phi(W x)", "W phi(x)", "W phi(W x)"]
norm       = ["none", "layer", "batch"]
zip        = [["storage", "gradient_storage"], ["residual", "norm"]]

[measure]
layers    = "all"
gradients = true
metrics   = ["log2_rms", "fraction_flushed", "fraction_clipped", "flush_layer", "clip_layer", "rounding_noise", "relative"]
histogram = { from = -0.1, to = 0.1, bins = 4 }
"#;

#[test]
fn stored_gradients_and_rounding_noise_have_the_same_bytes_on_all_threads_and_instruction_sets() {
    assert_golden(MIXED, "ae3b5ab374204a89ffcddabd7a218bf4b91876d63bbeeb9ac75dbfd4a7624a2b");
}
