"""Trains the peer of `deep-speech` on the recordings of a study."""

import csv
import math
import wave

import torch
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from training import asked, report, train, vocabulary

from peers.transcribe import BANDS, DeepSpeech

asked = asked()
rows = list(csv.DictReader(open("digits/digits.csv", newline="")))
number = vocabulary()
labels = [[number.get(character, 1) for character in row["text"]] for row in rows]


def bands_of(rate, frequencies):
    """Triangles evenly spaced on the mel scale: frequencies x bands."""
    mel = lambda hertz: 2595 * math.log10(1 + hertz / 700)
    mels = torch.linspace(0, mel(rate / 2), BANDS + 2, dtype=torch.float64)
    corners = 700 * (10 ** (mels / 2595) - 1)
    at = torch.linspace(0, rate / 2, frequencies, dtype=torch.float64)[:, None]
    up = (at - corners[:-2]) / (corners[1:-1] - corners[:-2])
    down = (corners[2:] - at) / (corners[2:] - corners[1:-1])
    return torch.minimum(up, down).clamp(min=0)


def features(name):
    """Log-mel features of frames of 25 ms, 10 ms apart, standardised over the recording."""
    with wave.open(f"digits/{name}") as file:
        rate, samples = file.getframerate(), torch.tensor(list(file.readframes(file.getnframes())))
    length, hop = round(0.025 * rate), round(0.01 * rate)
    samples = (samples.double() - 128) / 128
    frames = samples[: max(len(samples), length)].unfold(0, length, hop)
    shaped = frames * torch.hann_window(length, dtype=torch.float64)
    size = 2 ** math.ceil(math.log2(length))
    power = torch.fft.rfft(shaped, size).abs() ** 2
    logs = (power @ bands_of(rate, size // 2 + 1) + 1e-6).log()
    return ((logs - logs.mean(0)) / logs.std(0, correction=0)).float()


sounds = [features(row["file"]) for row in rows]
lengths = [len(sound) for sound in sounds]
model = DeepSpeech(len(number) + 2, width=asked.width, dropout=0.1)
model.draw()


def batch_of(rows):
    """Frames, how many there are, and labels."""
    frames = pad_sequence([sounds[row] for row in rows], True)
    own = torch.tensor([lengths[row] for row in rows])
    return model.prepared(frames, own, pad_sequence([torch.tensor(labels[row]) for row in rows], True, -1))


def sums_of(rows):
    """Nats and characters of the transcripts."""
    nats = model.loss(*batch_of(rows)).item() * len(rows)
    return nats, sum(len(labels[row]) for row in rows)


train(model, batch_of, lengths, asked)
report(model, sums_of, lengths, asked, "nats_per_character")
