//! Loop, terminal, workers, clock.
