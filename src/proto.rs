//! Code generated from `proto/` at build time. It never leaves `convert`, `api` and `sandbox`.
#![expect(
    missing_docs,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated; proto/ carries the documentation"
)]

/// The Calls service.
pub mod enfonica {
    pub mod voice {
        pub mod v1beta1 {
            tonic::include_proto!("enfonica.voice.v1beta1");
        }
    }
}

/// The Google types that the service speaks.
pub mod google {
    pub mod r#type {
        tonic::include_proto!("google.r#type");
    }
}

pub use enfonica::voice::v1beta1::*;

/// The compiled files of `proto/` with all that they import, for reflection.
pub const DESCRIPTORS: &[u8] = tonic::include_file_descriptor_set!("descriptors");
