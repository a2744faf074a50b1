//! Who calls and is called in simulated traffic. Every number belongs to a range that its country
//! keeps for fiction, and every domain to one that never exists.

use super::dice::Dice;
use crate::proto;
use crate::proto::google::r#type::LatLng;

/// The networks of the telephone world as far as the exchange simulates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Network {
    /// Australia, 02 5550 xxxx.
    #[default]
    AuFixed,
    /// Australia, the six mobile numbers kept for fiction.
    AuMobile,
    /// United States, 555-0100 to 555-0199.
    Us,
    /// United Kingdom, 020 7946 0xxx.
    GbFixed,
    /// United Kingdom, 07700 900xxx.
    GbMobile,
}

const AU_MOBILES: [&str; 6] = [
    "+61491570006",
    "+61491570110",
    "+61491570156",
    "+61491570157",
    "+61491570158",
    "+61491570159",
];
const US_AREAS: [u32; 6] = [212, 305, 312, 415, 617, 702];

impl Network {
    /// All of them.
    pub(super) const ALL: [Self; 5] = [
        Self::AuFixed,
        Self::AuMobile,
        Self::Us,
        Self::GbFixed,
        Self::GbMobile,
    ];

    /// One of them, as often as people call there.
    pub(super) fn any(dice: &mut Dice) -> Self {
        dice.weigh(
            Self::AuFixed,
            &[
                (0.25, Self::AuMobile),
                (0.12, Self::Us),
                (0.08, Self::GbFixed),
                (0.07, Self::GbMobile),
            ],
        )
    }

    /// A number of the network.
    pub(super) fn number(self, dice: &mut Dice) -> String {
        match self {
            Self::AuFixed => format!("+6125550{:04}", dice.number(2_000..10_000)),
            Self::AuMobile => dice.pick(&AU_MOBILES).to_owned(),
            Self::Us => {
                let area = dice.pick(&US_AREAS);
                format!("+1{area}55501{:02}", dice.number(0..100))
            }
            Self::GbFixed => format!("+442079460{:03}", dice.number(0..1_000)),
            Self::GbMobile => format!("+447700900{:03}", dice.number(0..1_000)),
        }
    }

    /// What a minute costs there, in billionths of an Australian dollar.
    pub(super) fn nanos_per_minute(self) -> i64 {
        match self {
            Self::AuFixed => 18_000_000,
            Self::AuMobile => 55_000_000,
            Self::Us => 24_000_000,
            Self::GbFixed => 29_000_000,
            Self::GbMobile => 96_000_000,
        }
    }

    /// The network that a number belongs to, as the tariff sees it.
    pub(super) fn of(number: &str) -> Self {
        let known = [
            ("+614", Self::AuMobile),
            ("+61", Self::AuFixed),
            ("+1", Self::Us),
            ("+447", Self::GbMobile),
        ];
        known
            .into_iter()
            .find(|(prefix, _)| number.starts_with(prefix))
            .map_or(Self::GbFixed, |(_, network)| network)
    }

    /// Where a caller of the network is, and in which zone: mobiles tell the country only.
    pub(super) fn place(self, dice: &mut Dice) -> (proto::NumberLocation, String) {
        let place = match self {
            Self::AuFixed => dice.pick(&AU_PLACES),
            Self::Us => dice.pick(&US_PLACES),
            Self::GbFixed => LONDON,
            Self::AuMobile => Place::country("AU"),
            Self::GbMobile => Place::country("GB"),
        };
        (place.location(), place.zone.to_owned())
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Place {
    region: &'static str,
    area: &'static str,
    locality: &'static str,
    point: Option<(f64, f64)>,
    zone: &'static str,
}

const AU_PLACES: [Place; 5] = [
    Place::new(["AU", "NSW", "Sydney", "SBX-NSW-1"], (-33.87, 151.21)),
    Place::new(["AU", "NSW", "Newcastle", "SBX-NSW-2"], (-32.93, 151.78)),
    Place::new(["AU", "NSW", "Wollongong", "SBX-NSW-3"], (-34.42, 150.89)),
    Place::new(["AU", "NSW", "Orange", "SBX-NSW-4"], (-33.28, 149.10)),
    Place::new(["AU", "ACT", "Canberra", "SBX-ACT-1"], (-35.28, 149.13)),
];
const US_PLACES: [Place; 3] = [
    Place::new(["US", "NY", "New York", "SBX-INT"], (40.71, -74.01)),
    Place::new(["US", "IL", "Chicago", "SBX-INT"], (41.88, -87.63)),
    Place::new(["US", "CA", "San Francisco", "SBX-INT"], (37.77, -122.42)),
];
const LONDON: Place = Place::new(["GB", "England", "London", "SBX-INT"], (51.51, -0.13));

impl Place {
    const fn new(names: [&'static str; 4], point: (f64, f64)) -> Self {
        let [region, area, locality, zone] = names;
        Self {
            region,
            area,
            locality,
            point: Some(point),
            zone,
        }
    }

    const fn country(region: &'static str) -> Self {
        Self {
            region,
            area: "",
            locality: "",
            point: None,
            zone: "",
        }
    }

    fn location(self) -> proto::NumberLocation {
        proto::NumberLocation {
            region_code: self.region.to_owned(),
            administrative_area: self.area.to_owned(),
            locality: self.locality.to_owned(),
            coordinates: self.point.map(|(latitude, longitude)| LatLng {
                latitude,
                longitude,
            }),
        }
    }
}

/// One of the project's own numbers.
pub(super) fn own_number(dice: &mut Dice) -> String {
    format!("+6125550{:04}", dice.number(1_200..1_220))
}

/// A telephone of the project's own exchange.
pub(super) fn desk_phone(dice: &mut Dice) -> String {
    format!("sip:{}@pbx.example", dice.number(100..180))
}

/// Somebody with a SIP telephone elsewhere.
pub(super) fn sip_caller(dice: &mut Dice) -> String {
    const NAMES: [&str; 6] = ["ana", "ben", "chloe", "dev", "eve", "farid"];
    format!("sip:{}@branch.example", dice.pick(&NAMES))
}

/// An agent with a WebRTC client.
pub(super) fn agent(dice: &mut Dice) -> String {
    format!("sip:agent-{:02}@clients.example", dice.number(1..25))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_lies_in_a_range_kept_for_fiction() {
        let ranges = [("+6125550", 12), ("+442079460", 13), ("+447700900", 13)];
        let fictional = |number: &str| {
            AU_MOBILES.contains(&number)
                || ranges
                    .iter()
                    .any(|&(range, length)| number.starts_with(range) && number.len() == length)
                || (number.starts_with("+1")
                    && number.len() == 12
                    && number.get(5..10) == Some("55501"))
        };
        for serial in 0..2_000 {
            let mut dice = Dice::of_call(1, serial);
            for network in Network::ALL {
                let number = network.number(&mut dice);
                assert!(fictional(&number), "{number}");
                assert_eq!(Network::of(&number), network, "{number}");
            }
            let own = own_number(&mut dice);
            assert!(fictional(&own), "{own}");
        }
    }
}
