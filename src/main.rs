//! The program: nothing but the way into the command line.

fn main() {}
