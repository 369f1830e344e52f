//! Reading a master.
