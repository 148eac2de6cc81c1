#!/usr/bin/env python3
"""Make the data sets built into tenfold-data, byte for byte. Python 3 standard library only.

    apt-get download dataset-fashion-mnist && dpkg-deb -x dataset-fashion-mnist_*.deb fashion
    scripts/make-bundles.py fashion/usr/share/datasets/fashion-mnist

writes crates/tenfold-data/data/fashion-mnist-14.gz and checks the SHA-256 of what went in and of what
is in the archive. (The packed bytes may differ with another zlib; the content may not.)
"""

import gzip
import hashlib
import io
import pathlib
import struct
import sys

DATA = pathlib.Path(__file__).resolve().parent.parent / "crates/tenfold-data/data"
TRAINING, FURTHER = 16_384, 2_048
SIDE = 28

SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    "fashion-mnist-14": "0e69acb1b4c8a0e1f6a7be4c232c769026a0b34e118cf0cc19cd47c3e6c62323",
}


def check(name: str, content: bytes) -> bytes:
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256[name]:
        sys.exit(f"error: {name} has SHA-256 {found}, needed {SHA256[name]}")
    return content


def write_gzip(name: str, content: bytes) -> None:
    # No file name and no time in the header, so that the same content is the same file.
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as file:
        file.write(content)
    (DATA / name).write_bytes(packed.getvalue())
    print(f"{name}: {len(content):,} bytes, packed {len(packed.getvalue()):,}")


def idx(folder: pathlib.Path, name: str) -> bytes:
    return check(name, gzip.decompress((folder / f"{name}.gz").read_bytes()))


def small_image(pixels: bytes) -> bytes:
    """14x14 means of 2x2 pixels, each rounded to one of 16 grays, two in a byte."""
    grays = []
    for row in range(0, SIDE, 2):
        for column in range(0, SIDE, 2):
            corner = row * SIDE + column
            total = sum(pixels[corner + step] for step in (0, 1, SIDE, SIDE + 1))
            # total/4 of 255 in steps of 17: round(total / 68), halves up.
            grays.append((total + 34) // 68)
    return bytes(high << 4 | low for high, low in zip(grays[::2], grays[1::2]))


def fashion(folder: pathlib.Path) -> None:
    labels, images = [], []
    for part, count in (("train", TRAINING), ("t10k", FURTHER)):
        all_images = idx(folder, f"{part}-images-idx3-ubyte")
        all_labels = idx(folder, f"{part}-labels-idx1-ubyte")
        assert struct.unpack(">IIII", all_images[:16])[2:] == (SIDE, SIDE)
        labels.append(all_labels[8 : 8 + count])
        for number in range(count):
            start = 16 + number * SIDE * SIDE
            images.append(small_image(all_images[start : start + SIDE * SIDE]))
    content = b"".join(labels) + b"".join(images)
    write_gzip("fashion-mnist-14.gz", check("fashion-mnist-14", content))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    fashion(pathlib.Path(sys.argv[1]))
