#!/usr/bin/env python3
"""Opens reports in a real browser and measures what a person would see.

    scripts/check-report.py TENFOLD [PAGE.html ...]

TENFOLD is the program; it writes a few pages of its own: two models, a target out of reach, one
size, a name that tries to break out. Each page is opened in Chromium at four widths, in light and
dark, and must not scroll sideways, overlap or clip text in the chart, ask for anything from the
network, or say anything on the console. Needs `chromium` on the path; Python's standard library.
"""

import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile

WIDTHS = [320, 375, 768, 1440]

MEASURE = """
const widths = %s, out = [];
const frames = widths.map(width => {
  const frame = document.createElement('iframe');
  frame.style.cssText = `border:0;width:${width}px;height:2400px`;
  frame.src = %s;
  document.body.append(frame);
  return frame;
});
let waiting = frames.length;
frames.forEach((frame, index) => frame.onload = () => {
  const page = frame.contentDocument, width = widths[index];
  const scroll = page.documentElement.scrollWidth;
  if (scroll > width) out.push(`${width}: scrolls sideways, ${scroll} px`);
  const drawn = [...page.querySelectorAll('svg')].filter(svg => svg.getBoundingClientRect().width > 0);
  if (drawn.length === 0) out.push(`${width}: no chart`);
  drawn.forEach(svg => {
    const box = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')].map(t => ({text: t.textContent, box: t.getBoundingClientRect()}));
    texts.forEach((a, i) => {
      if (a.box.left < box.left - 1 || a.box.right > box.right + 1) out.push(`${width}: clipped "${a.text}"`);
      texts.slice(i + 1).forEach(b => {
        const w = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const h = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        if (w > 1 && h > 2.5) out.push(`${width}: "${a.text}" lies over "${b.text}"`);
      });
    });
  });
  out.push(`background ${width}: ` + getComputedStyle(page.body).backgroundColor);
  if (--waiting === 0) document.body.innerHTML = '<pre>RESULT' + JSON.stringify(out).replace(/</g, '&lt;') + 'END</pre>';
});
"""


def browse(page: pathlib.Path, is_dark: bool, folder: pathlib.Path):
    """What is wrong with `page`, and its background colours."""
    harness = folder / "harness.html"
    script = MEASURE % (json.dumps(WIDTHS), json.dumps(page.as_uri()))
    harness.write_text(f"<!doctype html><meta charset=utf-8><body><script>{script}</script>")
    flags = ["--blink-settings=preferredColorScheme=0"] if is_dark else []
    ran = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--allow-file-access-from-files", "--enable-logging=stderr", "--virtual-time-budget=8000",
         f"--user-data-dir={folder / 'profile'}", *flags, "--dump-dom", harness.as_uri()],
        capture_output=True, text=True, timeout=120)
    found = re.search(r"RESULT(\[.*\])END", ran.stdout, re.S)
    if not found:
        return [f"the page did not load: {ran.stdout[:200]} {ran.stderr[-500:]}"], []
    lines = json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    colours = [line.split(": ", 1)[1] for line in lines if line.startswith("background")]
    wrong = [line for line in lines if not line.startswith("background")]
    wrong += [line for line in ran.stderr.splitlines() if ":CONSOLE" in line]
    return wrong, colours


def brightness(colour: str) -> float:
    red, green, blue = (int(part) for part in re.findall(r"\d+", colour)[:3])
    return (red + green + blue) / 3


def own_pages(tenfold: str, folder: pathlib.Path):
    """Pages of curves whose laws are known."""
    def curve(alpha, beta, gamma, sizes):
        for size in sizes:
            for seed in range(3):
                noise = 1 + 0.01 * math.sin(size + 7 * seed)
                yield size, seed, (alpha * size**beta + gamma) * noise

    doubling = [64 * 2**k for k in range(10)]
    pages = {
        "two-models": ([("cnn", 4.0, -0.45, 0.01, doubling), ("mlp", 2.5, -0.3, 0.05, doubling)], "5%"),
        "out-of-reach": ([("cnn", 2.0, -0.5, 0.2, doubling)], "5%"),
        "one-size": ([("cnn", 2.0, -0.5, 0.2, doubling[:1])], "5%"),
        "hostile-name": ([('</script><b>"&amp;\u202e', 2.0, -0.4, 0.01, doubling)], "5%"),
        "eight-models": ([(f"model-{i}", 2.0 + i / 4, -0.3 - i / 50, 0.01, doubling) for i in range(8)], "5%"),
    }
    for name, (curves, target) in pages.items():
        rows = [{"curve": label, "size": size, "seed": seed, "error": error}
                for label, alpha, beta, gamma, sizes in curves
                for size, seed, error in curve(alpha, beta, gamma, sizes)]
        source = folder / f"{name}.jsonl"
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))
        page = folder / f"{name}.html"
        command = [tenfold, "report", str(source), "-o", str(page), "--target", target, "-q",
                   "--cost-per-example", "0.05"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        yield page


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    failed = passed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        pages = list(own_pages(sys.argv[1], folder)) + [pathlib.Path(p).resolve() for p in sys.argv[2:]]
        for page in pages:
            for is_dark in (False, True):
                wrong, colours = browse(page, is_dark, folder)
                wrong += [f"background {colour} is not {'dark' if is_dark else 'light'}"
                          for colour in colours if (brightness(colour) < 100) != is_dark]
                look = f"{page.stem}, {'dark' if is_dark else 'light'}"
                if re.search(r"https?://", re.sub(r'xmlns="[^"]*"', "", page.read_text())):
                    wrong.append("names an address on the network")
                for line in wrong:
                    print(f"FAILED {look}: {line}")
                print(f"{'FAILED' if wrong else 'ok'} {look}")
                failed += bool(wrong)
                passed += not wrong
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
