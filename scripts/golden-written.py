"""Write the golden values of metrics of written texts: sacreBLEU for BLEU, jiwer for edits.

Run from the project's root; the fixture is committed and the tests never need Python:

    python3 -m venv venv && venv/bin/pip install sacrebleu==2.6.0 jiwer==4.0.0
    venv/bin/python scripts/golden-written.py > crates/tenfold-train/tests/it/golden/written.json
"""

import json

import jiwer
import sacrebleu

# Hypotheses, and the references of each. The first ten are the sentences of sacreBLEU's own tests
# (test_bleu.py, test_sentence_bleu.py; Apache-2.0); the others are made to reach every rule of the tokenizer.
SENTENCES = [
    ("The dog bit the man.", ["The dog bit the man.", "The dog had bit the man."]),
    ("It wasn't surprising.", ["It was not unexpected.", "No one was surprised."]),
    ("The man had just bitten him.", ["The man bit him first.", "The man had bitten the dog."]),
    ("this is a test", ["ref1"]),
    ("another test", ["ref2"]),
    ("this is a test", ["this is a test"]),
    ("this is a fest", ["this is a test"]),
    ("am I am a character sequence", ["I am a symbol string sequence a a"]),
    (
        "Producția de zahăr primă va fi exprimată în ceea ce privește zahărul alb;",
        ["producţia de zahăr brut se exprimă în zahăr alb;"],
    ),
    ("aaaa bbbb cccc dddd", ["aaaa bbbb cccc dddd", "eeee ffff gggg hhhh"]),
    ("", ["Not nothing."]),
    ("   ", ["Not nothing."]),
    ("Nothing.", [""]),
    ("It cost $1,234.56, i.e. 12% (or 3.5-4)...", ["It cost $1,234.56, that is 12% (or 3.5 - 4)."]),
    ("He said: \"Go!\" -- then left @ 5:30/6", ["He said, \"Go!\" - and left at 5:30/6"]),
    ("&quot;a &amp; b&quot; &lt;c&gt; &amp;lt; d", ["\"a & b\" <c> &lt; d"]),
    ("a<skipped>b well-\nknown two\nlines", ["ab wellknown two lines"]),
    ("1.2.3 ..a,b ,,c .5 5. 7-8 x-9 9-x -", ["1.2.3 .. a,b ,, c .5 5 . 7 - 8 x-9 9 - x -"]),
    ("el niño—¿qué?—dijo «no».", ["el niño — ¿qué? — dijo « no »."]),
    ("l'été d'un [fou] {a|b} ~c^_`", ["l' été d' un [ fou ] { a | b } ~ c ^ _ `"]),
    ("tabs\tand\u00a0spaces \u3000 and\u2009thin  ", ["tabs and spaces and thin"]),
    ("separators\x1cof\x1dfiles", ["separators of files"]),
    ("the the the the the the the", ["the cat is on the mat", "there is a cat on the mat"]),
    ("日本語の文。これは、テストです", ["日本語の文 。これは、テスト です"]),
    ("٣.٤ Arabic digits, ½.5", ["٣ . ٤ Arabic digits , ½ .5"]),
]

# Corpora, by the numbers of their sentences.
CORPORA = [[0, 1, 2], [3, 4], [5], [6], [7], [8], [13, 14, 15, 16, 17], [10, 11], [18, 19, 20, 21, 22, 23, 24]]

TRANSCRIPTS = [
    ("the cat sat on the mat", "the cat sat on mat"),
    ("hello world", "hello duck"),
    ("a b c d", "d c b a"),
    (" spaces  at ends ", "spaces at  ends"),
    ("nothing", ""),
    ("naïve café", "naive cafe"),
    ("one", "one two three four"),
    ("восемь девять", "восем девять десять"),
    ("kitten sitting", "sitting kitten"),
    ("seven", "seven"),
]


def bleu(numbers, count):
    """References in columns, as sacreBLEU wants them; a sentence with fewer has its first one again."""
    chosen = [SENTENCES[number] for number in numbers]
    columns = [[refs[at] if at < len(refs) else refs[0] for _, refs in chosen] for at in range(count)]
    return sacrebleu.corpus_bleu([hypothesis for hypothesis, _ in chosen], columns).score


def statistics(hypothesis, references):
    metric = sacrebleu.metrics.BLEU()
    metric._check_corpus_score_args([hypothesis], [[one] for one in references])
    found = metric._extract_corpus_statistics([hypothesis], [[one] for one in references])[0]
    found = [int(number) for number in found]
    return found[2:] + found[:2]


def edits(kind, reference, hypothesis):
    found = kind([reference], [hypothesis])
    return [
        found.substitutions + found.deletions + found.insertions,
        found.substitutions + found.deletions + found.hits,
    ]


print(
    json.dumps(
        {
            "versions": {"sacrebleu": sacrebleu.__version__, "jiwer": "4.0.0"},
            "sentences": [
                {"hypothesis": hyp, "references": refs, "statistics": statistics(hyp, refs)}
                for hyp, refs in SENTENCES
            ],
            "corpora": [
                {"sentences": numbers, "references": count, "bleu": bleu(numbers, count)}
                for numbers in CORPORA
                for count in (1, 2)
            ],
            "transcripts": [
                {
                    "reference": reference,
                    "hypothesis": hypothesis,
                    "characters": edits(jiwer.process_characters, reference, hypothesis),
                    "words": edits(jiwer.process_words, reference, hypothesis),
                }
                for reference, hypothesis in TRANSCRIPTS
            ],
            "cer": jiwer.cer([one for one, _ in TRANSCRIPTS], [other for _, other in TRANSCRIPTS]),
            "wer": jiwer.wer([one for one, _ in TRANSCRIPTS], [other for _, other in TRANSCRIPTS]),
        },
        indent=1,
        ensure_ascii=True,
    )
)
