//! Compiles `proto/` with protox, so that no `protoc` is needed on the machine that builds, and
//! keeps what was compiled for those who ask the sandbox what it serves.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use protox::prost::Message as _;

#[expect(
    clippy::disallowed_methods,
    reason = "cargo names the folder for what is made in the environment"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(["enfonica/voice/v1beta1/calls.proto"], ["proto"])?;
    let mut told = descriptors.clone();
    for file in &mut told.file {
        // Comments, which the generated code carries already.
        file.source_code_info = None;
    }
    let folder = env::var_os("OUT_DIR").ok_or("cargo names no folder for what is made")?;
    let told = told.encode_to_vec();
    fs::write(Path::new(&folder).join("descriptors.bin"), told)?;
    // Maps in the order of their keys: the same call always has the same bytes.
    tonic_prost_build::configure()
        .btree_map(".")
        .compile_fds(descriptors)?;
    Ok(())
}
