"""Compares our BLEU and our character error rate with sacreBLEU's and jiwer's, on what learners wrote.

    python3 -m venv scores && scores/bin/pip install sacrebleu jiwer
    scores/bin/python bench/src/written.py [FOLDER]

Runs `bench --bin written`, which trains `seq2seq` and `deep-speech` and prints what they write for their
test sets. FOLDER keeps it, to be scored again without training.
"""

import importlib.metadata
import json
import pathlib
import subprocess
import sys
import tempfile

import jiwer
import sacrebleu

MANIFEST = pathlib.Path(__file__).resolve().parents[1] / "Cargo.toml"


def bleu(hypotheses, references):
    return sacrebleu.corpus_bleu(hypotheses, [references]).score


def character_error_rate(hypotheses, references):
    return jiwer.cer(references, hypotheses)


# What is compared, how our error becomes it, how, and how far apart the two may be.
SCORES = {
    "translation": ("BLEU", lambda error: 100 * (1 - error), bleu, "sacrebleu", 0.01),
    "speech": ("CER", lambda error: error, character_error_rate, "jiwer", 1e-9),
}


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
    folder.mkdir(exist_ok=True)
    print("| what | examples | by | Tenfold | other | apart | the run itself |\n|---|---|---|---|---|---|---|")
    is_equal = True
    for domain, (name, of_error, score, package, most) in SCORES.items():
        file = folder / f"{domain}.json"
        if not file.exists():
            command = ["cargo", "run", "--release", "--quiet", "--manifest-path", MANIFEST, "--bin", "written", domain]
            file.write_text(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        written = json.loads(file.read_text())
        ours, theirs = of_error(written["error"]), score(written["hypotheses"], written["references"])
        of_run = of_error(written["error_of_the_run"])
        version = f"{package} {importlib.metadata.version(package)}"
        count, apart = len(written["references"]), abs(ours - theirs)
        print(f"| {name} | {count} | {version} | {ours:.10f} | {theirs:.10f} | {apart:.1e} | {of_run:.4f} |")
        is_equal &= apart <= most
    sys.exit(not is_equal)


main()
