#!/bin/sh
# A model in a dozen lines of shell: a word of the dictionary below is known once it was in the
# training text, and the error is the share of the validation words that are not known.
#
#   count.sh SIZE SEED
#
# The text is drawn by awk, word k with a chance that falls as 1/k (Zipf's law), so the curve is
# that of a vocabulary: it falls as a power of the size.
set -eu
awk -v size="$1" -v seed="$2" 'BEGIN {
    words = 20000
    for (k = 1; k <= words; k++) { total += 1 / k; upto[k] = total }
    srand(seed + 1)
    for (i = 0; i < size; i++) known[draw()] = 1
    srand(4711)                       # the same validation text for every size and seed
    for (i = 0; i < 2000; i++) if (!(draw() in known)) unknown++
    printf "validation error = %.6f\n", unknown / 2000
}
function draw(    x, low, high, middle) {
    x = rand() * total; low = 1; high = words
    while (low < high) { middle = int((low + high) / 2); if (upto[middle] < x) low = middle + 1; else high = middle }
    return low
}'
