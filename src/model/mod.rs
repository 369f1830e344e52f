//! Plain data of the application.
