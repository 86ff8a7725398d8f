// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

//! The router and the rendezvous server with the settings of the real relay.

use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result};
use clasp_core::security::{
    parse_scopes, CpskValidator, SecurityMode, TokenInfo, ValidatorChain,
};
use clasp_core::state::{EvictionStrategy, StateStoreConfig};
use clasp_discovery::rendezvous::{RendezvousConfig, RendezvousServer};
use clasp_router::{Router, RouterConfig, RouterStateConfig};
use clasp_transport::WebSocketServer;

const TTL: Duration = Duration::from_secs(3600);
const RATE_WHEN_AUTHENTICATED: u32 = 30;

pub struct Options {
    pub host: IpAddr,
    pub port: u16,
    pub token: Option<String>,
    pub session_timeout: u64,
    pub rendezvous: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            token: None,
            session_timeout: 300,
            rendezvous: false,
        }
    }
}

/// What the relay fills in from its command line defaults; a token stands for
/// its `--auth-port`, which also turns the rate limit on.
fn router_config(options: &Options) -> RouterConfig {
    let authenticated = options.token.is_some();
    RouterConfig {
        name: "CLASP Relay".into(),
        features: ["param", "event", "stream", "timeline", "gesture"]
            .map(String::from)
            .to_vec(),
        security_mode: if authenticated {
            SecurityMode::Authenticated
        } else {
            SecurityMode::Open
        },
        max_sessions: 1000,
        session_timeout: options.session_timeout,
        max_subscriptions_per_session: 100,
        gesture_coalescing: true,
        gesture_coalesce_interval_ms: 16,
        max_messages_per_second: if authenticated { RATE_WHEN_AUTHENTICATED } else { 0 },
        rate_limiting_enabled: authenticated,
        state_config: RouterStateConfig {
            param_config: StateStoreConfig {
                max_params: Some(100_000),
                param_ttl: Some(TTL),
                eviction: EvictionStrategy::Lru,
            },
            signal_ttl: Some(TTL),
            max_signals: Some(100_000),
        },
    }
}

fn validator(token: &str) -> Result<ValidatorChain> {
    let scopes = parse_scopes("read:/**,write:/**").context("scopes of the token")?;
    let tokens = CpskValidator::with_default_ttl(Duration::from_secs(86_400));
    tokens.register(token.into(), TokenInfo::new(token.into(), scopes));
    let mut chain = ValidatorChain::new();
    chain.add(tokens);
    Ok(chain)
}

/// The published server does not tell which port it got, so a port that was
/// just free is asked for by number, again if somebody else was faster.
async fn bind_websocket(options: &Options) -> Result<(WebSocketServer, u16)> {
    let mut failure = None;
    for _ in 0..16 {
        let port = match options.port {
            0 => std::net::TcpListener::bind((options.host, 0))?.local_addr()?.port(),
            fixed => fixed,
        };
        let address = SocketAddr::new(options.host, port).to_string();
        match WebSocketServer::bind(&address).await {
            Ok(server) => return Ok((server, port)),
            Err(error) => failure = Some(error),
        }
    }
    Err(failure.context("no attempt was made")?).context("listening for WebSocket")
}

async fn start_rendezvous(options: &Options) -> Result<u16> {
    let listener = tokio::net::TcpListener::bind((options.host, 0)).await?;
    let port = listener.local_addr()?.port();
    let router = RendezvousServer::new(RendezvousConfig::default()).router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(port)
}

/// Ends the process when the one who started it is gone.
fn exit_with_stdin() {
    std::thread::spawn(|| {
        let mut sink = [0u8; 256];
        let mut stdin = std::io::stdin();
        while matches!(stdin.read(&mut sink), Ok(n) if n > 0) {}
        std::process::exit(0);
    });
}

pub fn run(options: Options) -> Result<()> {
    exit_with_stdin();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(serve(options))
}

async fn serve(options: Options) -> Result<()> {
    let mut router = Router::new(router_config(&options));
    if let Some(token) = &options.token {
        router.set_validator(validator(token)?);
    }
    let (server, port) = bind_websocket(&options).await?;
    let rendezvous = match options.rendezvous {
        true => start_rendezvous(&options).await?.to_string(),
        false => "null".into(),
    };
    println!("{{\"ws\":{port},\"rendezvous\":{rendezvous}}}");
    router.serve_on(server).await.context("router")
}
