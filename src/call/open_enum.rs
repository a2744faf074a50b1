//! Enums of the wire that stay open: a number that is not known yet is kept and shown (`api.md §2.3`).

/// Defines an enum with the wire's numbers and names, and `Other` for every number beside them.
macro_rules! open_enum {
    ($(#[$meta:meta])* $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident = $number:literal, $text:literal;)+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
            /// A number that this version does not know; kept as it came.
            Other(i32),
        }

        impl $name {
            /// Every value that has a name, in the order of the wire's numbers.
            pub const NAMED: &'static [Self] = &[$(Self::$variant),+];

            /// The value for a number of the wire.
            pub fn from_number(number: i32) -> Self {
                match number {
                    $($number => Self::$variant,)+
                    other => Self::Other(other),
                }
            }

            /// The wire's number.
            pub fn number(self) -> i32 {
                match self {
                    $(Self::$variant => $number,)+
                    Self::Other(other) => other,
                }
            }

            /// The value with exactly this name of the API.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// The API's name; for an unknown number the number itself, as proto3 JSON has it.
            pub fn name(self) -> std::borrow::Cow<'static, str> {
                match self {
                    $(Self::$variant => std::borrow::Cow::Borrowed($text),)+
                    Self::Other(other) => std::borrow::Cow::Owned(other.to_string()),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    Self::Other(number) => serializer.serialize_i32(*number),
                    named => serializer.serialize_str(&named.name()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.name())
            }
        }
    };
}

pub(crate) use open_enum;
