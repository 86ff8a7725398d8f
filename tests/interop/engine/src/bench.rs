// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

//! Codec times of clasp-core, printed as JSON in nanoseconds per message.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;

use anyhow::{bail, Result};
use clasp_core::{decode, encode, Message, PublishMessage, SetMessage, SignalType, Value};

const ROUNDS: usize = 7;
const STREAM_BYTES: usize = 16_000;

fn set_number() -> Message {
    Message::Set(SetMessage {
        address: "/bench/params/level".into(),
        value: Value::Float(0.75),
        revision: None,
        lock: false,
        unlock: false,
        ttl: None,
    })
}

/// A chunk of relay video as the pages send it.
fn stream_chunk() -> Message {
    let fields = [
        ("seq", Value::Float(1234.0)),
        ("chunkIndex", Value::Float(0.0)),
        ("totalChunks", Value::Float(2.0)),
        ("frameType", Value::String("delta".into())),
        ("timestamp", Value::Float(41_133_333.0)),
        ("data", Value::Bytes(vec![0x5a; STREAM_BYTES])),
    ];
    let value: HashMap<String, Value> =
        fields.into_iter().map(|(key, value)| (key.to_string(), value)).collect();
    Message::Publish(PublishMessage {
        address: "/video/relay/test/stream/5b0f3c9e-7d7b-4a35-9a25-6a1f0a1d2c3b".into(),
        signal: Some(SignalType::Stream),
        value: Some(Value::Map(value)),
        payload: None,
        samples: None,
        rate: None,
        id: None,
        phase: None,
        timestamp: Some(1_700_000_000_000_000),
        timeline: None,
    })
}

/// Reads what a receiver needs, so that a lazy decoder gains nothing.
fn read_value(message: &Message) -> Result<f64> {
    let value = match message {
        Message::Set(set) => Some(&set.value),
        Message::Publish(publish) => publish.value.as_ref(),
        _ => None,
    };
    match value {
        Some(Value::Float(number)) => Ok(*number),
        Some(Value::Map(map)) => match (map.get("seq"), map.get("data")) {
            (Some(Value::Float(seq)), Some(Value::Bytes(data))) => {
                Ok(seq + f64::from(data[data.len() - 1]))
            }
            _ => bail!("a field of the chunk is missing"),
        },
        _ => bail!("the message came back without its value"),
    }
}

/// Best of some rounds: the time with the least disturbance by others.
fn best_ns(iterations: u32, mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..iterations {
            work()?;
        }
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(iterations));
    }
    Ok(best)
}

/// `encode_ns` is from what an application holds to the bytes of a frame:
/// making the message counts, as it does on the other side of the comparison.
fn measure(name: &str, make: impl Fn() -> Message, iterations: u32) -> Result<String> {
    let message = make();
    let frame = encode(&message)?;
    let encode_ns = best_ns(iterations, || {
        black_box(encode(&black_box(make()))?);
        Ok(())
    })?;
    let encode_only_ns = best_ns(iterations, || {
        black_box(encode(black_box(&message))?);
        Ok(())
    })?;
    let decode_ns = best_ns(iterations, || {
        let (message, _) = decode(black_box(&frame))?;
        black_box(read_value(&message)?);
        Ok(())
    })?;
    Ok(format!(
        "\"{name}\":{{\"bytes\":{},\"encode_ns\":{encode_ns:.1},\"encode_only_ns\":{encode_only_ns:.1},\"decode_ns\":{decode_ns:.1}}}",
        frame.len()
    ))
}

pub fn run(iterations: u32) -> Result<()> {
    let set = measure("set_number", set_number, iterations)?;
    let stream = measure("stream_16k", stream_chunk, iterations)?;
    println!("{{\"codec\":\"clasp-core 4.5.0\",{set},{stream}}}");
    Ok(())
}
