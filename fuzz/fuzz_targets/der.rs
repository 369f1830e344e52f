#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    kubepki_fuzz::der(bytes);
});
