//! Compiles `proto/` with protox, so that no `protoc` is needed on the machine that builds.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(["enfonica/voice/v1beta1/calls.proto"], ["proto"])?;
    // Maps in the order of their keys: the same call always has the same bytes.
    tonic_prost_build::configure()
        .btree_map(".")
        .compile_fds(descriptors)?;
    Ok(())
}
