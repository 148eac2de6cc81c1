# Short names for the commands of CONTRIBUTING.md.

# Everything CI runs.
check:
    .ci/run

# Tests without the slow calibration ones.
test:
    cargo nextest run --cargo-profile release --workspace

# Format and lint.
lint:
    cargo fmt --all
    cargo clippy --release --workspace --all-targets -- -D warnings

# The demo, from scratch.
demo:
    rm -rf tenfold-demo
    cargo run --release -- demo
