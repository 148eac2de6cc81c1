//! A thread that plays a Ray dashboard: it gives replies recorded from a real one
//! (`scripts/record-ray-replies.py`), or replies that a test makes up.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// One call that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// `GET /api/version`
    pub(crate) line: String,
    /// The `authorization` header, if there was one.
    pub(crate) authorization: Option<String>,
    /// The body of the call.
    pub(crate) body: String,
}

/// Bytes that go back; the connection is closed after them.
pub(crate) type Answer = Vec<u8>;

/// No answer, and the connection stays open.
pub(crate) const HANG: &[u8] = b"hang";

/// The recorded reply of that name.
pub(crate) fn recorded(name: &str) -> Answer {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/ray/replies");
    let text = std::fs::read_to_string(format!("{folder}/{name}.http")).unwrap();
    let (head, body) = text.split_once("\n\n").unwrap();
    let (status, kind) = head.split_once('\n').unwrap();
    reply(status.trim_start_matches("HTTP/1.1 "), kind.trim_start_matches("content-type: "), body)
}

/// A reply with `status` ("200 OK"), content type `kind` and `body`.
pub(crate) fn reply(status: &str, kind: &str, body: &str) -> Answer {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
        .into_bytes()
}

/// A dashboard on a port of this machine, until dropped.
pub(crate) struct Double {
    /// `http://127.0.0.1:PORT`
    pub(crate) address: String,
    calls: Arc<Mutex<Vec<Call>>>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Double {
    /// Starts a dashboard that replies to each call with `answer`.
    pub(crate) fn start(mut answer: impl FnMut(&Call) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let calls = Arc::new(Mutex::new(Vec::new()));
        let is_over = Arc::new(AtomicBool::new(false));
        let (kept, ended) = (Arc::clone(&calls), Arc::clone(&is_over));
        let thread = std::thread::spawn(move || {
            let mut hung = Vec::new();
            let mut take = |stream| {
                let (call, stream) = read(stream)?;
                kept.lock().unwrap().push(call.clone());
                send(&answer(&call), stream, &mut hung)
            };
            while let Ok((stream, _)) = listener.accept()
                && !ended.load(Ordering::SeqCst)
            {
                // A client may close the connection early; then there is nothing to reply to.
                take(stream);
            }
        });
        Self { address, calls, is_over, thread: Some(thread) }
    }

    /// A dashboard that gives the same answer to everything.
    pub(crate) fn that_says(answer: Answer) -> Self {
        Self::start(move |_| answer.clone())
    }

    /// The calls so far, in order.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // One more call wakes the thread, so that it reads the flag.
        drop(TcpStream::connect(self.address.trim_start_matches("http://")));
        drop(self.thread.take().map(JoinHandle::join));
    }
}

/// Sends `answer`, or keeps the connection open in `hung`.
fn send(answer: &[u8], mut stream: TcpStream, hung: &mut Vec<TcpStream>) -> Option<()> {
    if answer == HANG {
        hung.push(stream);
        return None;
    }
    stream.write_all(answer).ok()
}

/// The call on `stream`, with the stream to answer on; `None` if it is cut short.
fn read(stream: TcpStream) -> Option<(Call, TcpStream)> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|length| *length > 0)?;
    let (mut length, mut authorization) = (0, None);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "authorization" => authorization = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let line = first.trim().trim_end_matches(" HTTP/1.1").to_owned();
    let body = String::from_utf8_lossy(&body).into_owned();
    Some((Call { line, authorization, body }, reader.into_inner()))
}
