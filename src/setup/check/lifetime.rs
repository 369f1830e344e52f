//! Lifetimes, in whole hours.

/// More hours than these are no lifetime: a hundred years.
const MOST: u32 = 876_000;

/// A lifetime in hours, of `365d`, `52w`, `1y`, `8760h`, or as Go writes it `8760h0m0s`.
pub fn hours(text: &str) -> Result<u32, String> {
    let text = text.trim();
    let refused = || {
        format!(
            "{:?} is no lifetime, as 365d, 1y or 8760h",
            crate::pki::text::printable(text)
        )
    };
    let mut seconds: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, tail) = rest.split_at(digits);
        let unit = tail.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, tail) = tail.split_at(unit);
        let length: u64 = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 24 * 3600,
            "w" => 7 * 24 * 3600,
            "y" => 365 * 24 * 3600,
            _ => return Err(refused()),
        };
        let number: u64 = number.parse().map_err(|_| refused())?;
        seconds = number
            .checked_mul(length)
            .and_then(|more| seconds.checked_add(more))
            .ok_or_else(too_long)?;
        rest = tail;
    }
    if text.is_empty() {
        return Err(refused());
    }
    if seconds < 3600 {
        return Err("a certificate lives for an hour at least".to_owned());
    }
    if !seconds.is_multiple_of(3600) {
        return Err("a lifetime is a number of whole hours".to_owned());
    }
    u32::try_from(seconds / 3600)
        .ok()
        .filter(|hours| *hours <= MOST)
        .ok_or_else(too_long)
}

fn too_long() -> String {
    "nothing lives for longer than 100 years".to_owned()
}

/// As a person writes it: "365d", "8761h".
pub fn hours_text(hours: u32) -> String {
    if hours.is_multiple_of(24) {
        format!("{}d", hours / 24)
    } else {
        format!("{hours}h")
    }
}

/// Both lifetimes together, in hours.
pub fn lifetimes(certificate: u32, authority: u32) -> Result<(), String> {
    for hours in [certificate, authority] {
        self::hours(&format!("{hours}h"))?;
    }
    if certificate > authority {
        return Err(format!(
            "a certificate would outlive its CA: {} against {}",
            hours_text(certificate),
            hours_text(authority)
        ));
    }
    Ok(())
}
