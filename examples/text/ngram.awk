# Letters by the three before them, interpolated (Witten and Bell 1991, method C), from the first `size`
# characters of the documents in the shard. Reads files of numbers, then documents separated by blank lines.

FNR == 1 { file++ }
file == 1 { place[$1] = ++documents; next }
file == 2 { part[$1] = "validation"; next }
file == 3 { part[$1] = "test"; next }
(FNR - 1) in place { text[place[FNR - 1]] = $0 }
(FNR - 1) in part { held[part[FNR - 1], ++count[part[FNR - 1]]] = $0 }

function learn(text,    at, order, context, next_one) {
    for (at = 1; at <= length(text); at++) {
        next_one = substr(text, at, 1)
        for (order = 0; order <= 3 && order < at; order++) {
            context = substr(text, at - order, order)
            if (!(seen[context, next_one]++)) kinds[context]++
            total[context]++
        }
    }
}

function nats(text,    at, order, context, share, sum) {
    for (at = 1; at <= length(text); at++) {
        share = 1 / 128
        for (order = 0; order <= 3 && order < at; order++) {
            context = substr(text, at - order, order)
            if (!(context in total)) break
            share = (seen[context, substr(text, at, 1)] + kinds[context] * share) / (total[context] + kinds[context])
        }
        sum -= log(share)
    }
    return sum
}

END {
    for (document = 1; document <= documents && size > 0; document++) {
        learn(substr(text[document], 1, size))
        size -= length(text[document])
    }
    for (document = 1; document <= count["validation"]; document++) {
        lost += nats(held["validation", document])
        characters += length(held["validation", document])
    }
    printf "{\"validation_error\": %.9g, \"per_example\": [", lost / characters > out
    all = long = 0
    for (document = 1; document <= count["test"]; document++) {
        lost = nats(held["test", document])
        all += lost
        long += length(held["test", document])
        printf "%s[%.9g, %d]", (document > 1 ? ", " : ""), lost, length(held["test", document]) > out
    }
    printf "], \"nats_per_character\": %.9g}\n", all / long > out
}
