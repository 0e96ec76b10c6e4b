#!/usr/bin/env bash
# Builds the book into target/book/, with the pictures that the examples make. Needs mdbook.
set -euo pipefail
cd "$(dirname "$0")/.."

for example in examples/[0-9]*.rs; do
    cargo run --release --quiet --example "$(basename "$example" .rs)" > /dev/null
done
mkdir -p book/src/pictures
cp target/examples/*.svg book/src/pictures/
mdbook build book
