// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

//! The engine of the real CLASP relay for tests: the published router and
//! rendezvous crates, configured as the relay configures them.
//!
//! `clasp-engine [--port N] [--host A] [--auth TOKEN] [--session-timeout S]
//! [--rendezvous]` prints one JSON line with its ports and runs until its
//! standard input closes. `clasp-engine bench [--iterations N]` times the
//! codec of clasp-core instead.

mod bench;
mod serve;

use anyhow::{bail, Result};
use lexopt::prelude::*;

enum Command {
    Serve(serve::Options),
    Bench { iterations: u32 },
}

fn parse_args() -> Result<Command> {
    let mut options = serve::Options::default();
    let mut iterations = 20_000;
    let mut bench = false;
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Value(word) if word == "bench" => bench = true,
            Long("iterations") => iterations = parser.value()?.parse()?,
            Long("host") => options.host = parser.value()?.parse()?,
            Long("port") => options.port = parser.value()?.parse()?,
            Long("auth") => options.token = Some(parser.value()?.parse()?),
            Long("session-timeout") => options.session_timeout = parser.value()?.parse()?,
            Long("rendezvous") => options.rendezvous = true,
            other => return Err(other.unexpected().into()),
        }
    }
    if iterations == 0 {
        bail!("--iterations must be at least 1");
    }
    Ok(if bench {
        Command::Bench { iterations }
    } else {
        Command::Serve(options)
    })
}

fn main() -> Result<()> {
    match parse_args()? {
        Command::Serve(options) => serve::run(options),
        Command::Bench { iterations } => bench::run(iterations),
    }
}
