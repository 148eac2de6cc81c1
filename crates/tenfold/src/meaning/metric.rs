//! Looks up a metric by its name: its direction, its best value and its kind.
//!
//! Names are split into words. Words that say on which data or how often a metric was measured are
//! dropped, as in `val/mAP50-95` and `test_mean_average_precision`; the rest is looked up in a
//! table.

use tenfold_core::MetricKind;

/// The type of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// A share of wrong answers, lower is better.
    Rate,
    /// A loss in nats or bits, lower is better.
    Loss,
    /// An error in another unit, lower is better.
    Unbounded,
    /// A score whose best value is 1, or 100 if it is written in per cent.
    ShareScore,
    /// A score with this best value.
    Score(f64),
    /// An error of this kind with its sign turned round, such as `neg_mean_squared_error`; its best is 0.
    Negated(MetricKind),
    /// A score that only its name identifies as one.
    AnyScore,
    /// A score without a best value.
    OpenScore,
}

impl Metric {
    /// Whether the metric increases as models get better.
    pub fn is_score(self) -> bool {
        !matches!(self, Self::Rate | Self::Loss | Self::Unbounded)
    }

    /// Kind of the error that it is or is turned into, if the name alone determines it.
    pub fn kind(self) -> Option<MetricKind> {
        match self {
            Self::Rate | Self::ShareScore | Self::AnyScore => None,
            Self::Loss => Some(MetricKind::Loss),
            Self::Negated(kind) => Some(kind),
            Self::Unbounded | Self::Score(_) | Self::OpenScore => Some(MetricKind::Unbounded),
        }
    }
}

/// Shares of wrong answers.
const RATES: &str = "\
    error err errorrate errrate misclassification misclassificationrate misclassificationerror \
    classificationerror zerooneloss 01loss wer cer worderrorrate charactererrorrate charerrorrate \
    eer equalerrorrate fpr fnr hter top1error top1err top5error top5err errortop1 errortop5 errtop1 \
    errtop5 hammingloss";

/// Losses in nats or bits.
const LOSSES: &str = "\
    loss crossentropy crossentropyloss xent xentropy ce celoss nll nllloss logloss \
    negativeloglikelihood bce bceloss bpb bpc bitsperbyte bitspercharacter bits nats perplexity ppl \
    entropy kl kldivergence focalloss hingeloss tripletloss";

/// Errors in units of their own.
const UNBOUNDED: &str = "\
    rmse mse mae mape smape medae msle rmsle nrmse squarederror rootsquarederror absoluteerror \
    absolutepercentageerror squaredlogerror rootsquaredlogerror poissondeviance gammadeviance l1 l2 \
    l1loss l2loss mseloss maeloss huberloss pinballloss quantileloss crps brier brierscore fid kid \
    lpips chamfer ter msd mad ece maxerror";

/// Scores whose best value is 1, or 100 in per cent.
const SHARES: &str = "\
    acc acc1 acc5 acctop1 acctop5 accuracy accuracytop1 accuracytop5 accuracyscore accuracy1 \
    accuracy5 top1 top5 top1acc top5acc top1accuracy top5accuracy categoricalaccuracy \
    sparsecategoricalaccuracy exactaccuracy precision prec recall rec sensitivity specificity tpr \
    tnr ppv npv f1 f2 fscore f1score fmeasure fbeta microf1 macrof1 f1micro f1macro jaccard \
    jaccardindex iou miou dice dicecoefficient dicecoef dicecoeff dsc ap ap50 ap75 map map50 map75 \
    map5095 map595 map05095 bboxmap segmmap averageprecision prauc auprc aucpr auc auroc rocauc \
    aucroc balancedaccuracy balancedacc bacc kappa cohenkappa cohenskappa quadraticweightedkappa qwk \
    weightedkappa mcc matthews matthewscorrcoef matthewscorrelation matthewscorrelationcoefficient \
    pearson pearsonr pearsoncorrelation spearman spearmanr spearmanrho spearmancorrelation kendall \
    kendalltau correlation corr concordance concordanceindex cindex ccc ndcg mrr hit hits hitrate \
    hitratio meanreciprocalrank reciprocalrank bleu bleu1 bleu2 bleu3 bleu4 sacrebleu chrf chrfpp \
    rouge rouge1 rouge2 rougel rougelsum meteor comet bertscore em exactmatch pass passrate ssim \
    msssim success successrate winrate purity nmi ari uas las gmean panopticquality pq";

/// Scores with their best value.
const WITH_BEST: &[(&str, f64)] = &[
    ("r2", 1.0),
    ("r²", 1.0),
    ("rsquared", 1.0),
    ("rsq", 1.0),
    ("r2score", 1.0),
    ("coefficientofdetermination", 1.0),
    ("explainedvariance", 1.0),
    ("nse", 1.0),
    ("pesq", 4.5),
    ("mos", 5.0),
];

/// Scores without an upper limit.
const OPEN: &str = "\
    psnr loglikelihood loglik logprob logprobability logp ll elbo snr sdr sisdr sisnr reward return \
    episodereward episodereturn meanreward elo inceptionscore";

/// Metrics that may be computed over the first k results, as in `ndcg@10`.
const AT_K: &str = "ndcg hit hits map recall precision pass mrr hitrate acc accuracy";

/// Words that state the data, the averaging or the unit of a metric.
const AROUND: &str = "\
    test testing val valid validation dev eval evaluation holdout heldout held out oof cv mean avg \
    median final last best metrics metric summary score macro micro weighted binary multiclass \
    overall total pct percent percentage epoch ood iid train training the of in rate";

/// Words that mark a column as a spread of values or a count.
const STATISTICS: &str = "\
    std stderr sem sd var variance ci lower upper low high lo hi min max count time seconds q25 q75 \
    p5 p95 rank gap delta diff";

/// Whether `word` is one of `words`, which spaces separate.
pub(super) fn has(words: &str, word: &str) -> bool {
    words.split_whitespace().any(|known| known == word)
}

/// The metric called `name`; `None` if the name is not known.
pub fn known(name: &str) -> Option<Metric> {
    known_as_written(name).or_else(|| {
        // Names such as `valAcc` and `testF1` are split at their capitals.
        let spaced = camel_split(name);
        if spaced == name { None } else { known_as_written(&spaced) }
    })
}

fn known_as_written(name: &str) -> Option<Metric> {
    let lower = name.trim().to_lowercase().replace("++", "pp");
    let words: Vec<&str> = lower
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    if let Some((&("neg" | "negative"), rest)) = words.split_first()
        && let Some(error) = known_of(rest).filter(|found| !found.is_score())
    {
        return Some(Metric::Negated(error.kind().unwrap_or(MetricKind::ErrorRate)));
    }
    let is_score = words.contains(&"score") && !is_statistic(name);
    known_of(&words).or_else(|| is_score.then_some(Metric::AnyScore))
}

fn known_of(words: &[&str]) -> Option<Metric> {
    let all = words.concat();
    if let Some(found) = named(&all) {
        return Some(found);
    }
    let inner: Vec<&str> = words.iter().copied().filter(|word| !has(AROUND, word)).collect();
    // The whole name is tried first, then its endings, then its beginnings: `cls_accuracy`,
    // `accuracy_cifar`.
    let endings = (0..inner.len()).map(|from| inner[from..].concat());
    let beginnings = (1..inner.len()).rev().map(|to| inner[..to].concat());
    let statistic = inner.iter().any(|word| has(STATISTICS, word));
    let found = endings.chain(beginnings).find_map(|part| named(&part));
    found.filter(|_| !statistic)
}

/// Looks a word up in the tables, also with a number of results after it: `ndcg@10`, `pass@1`.
fn named(word: &str) -> Option<Metric> {
    if word.is_empty() {
        return None;
    }
    let exact = |word: &str| {
        if has(RATES, word) {
            Some(Metric::Rate)
        } else if has(LOSSES, word) {
            Some(Metric::Loss)
        } else if has(UNBOUNDED, word) {
            Some(Metric::Unbounded)
        } else if has(SHARES, word) {
            Some(Metric::ShareScore)
        } else if has(OPEN, word) {
            Some(Metric::OpenScore)
        } else {
            WITH_BEST.iter().find(|(name, _)| *name == word).map(|(_, best)| Metric::Score(*best))
        }
    };
    let base = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
    exact(word).or_else(|| {
        let has_k = base.len() < word.len() && has(AT_K, base);
        has_k.then(|| exact(base)).flatten()
    })
}

/// Whether a name says only that it is an error: `test_error`, but not `error_rate`.
pub(super) fn is_any_error(name: &str) -> bool {
    let words = words_of(name);
    let inner: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| *word == "rate" || !has(AROUND, word))
        .collect();
    matches!(inner.concat().as_str(), "error" | "err")
}

/// Splits a name at its capitals: `valAcc` becomes `val Acc`; capitals in a row stay together.
fn camel_split(name: &str) -> String {
    let mut split = String::with_capacity(name.len() + 4);
    let mut before: Option<char> = None;
    for letter in name.chars() {
        if letter.is_uppercase() && before.is_some_and(char::is_lowercase) {
            split.push(' ');
        }
        split.push(letter);
        before = Some(letter);
    }
    split
}

fn words_of(name: &str) -> Vec<String> {
    let lower = camel_split(name).to_lowercase();
    lower.split(|letter: char| !letter.is_alphanumeric()).map(str::to_owned).collect()
}

/// Whether a metric of this name grows as models get better; one of an unknown name is an error.
pub fn is_score(name: &str) -> bool {
    known(name).is_some_and(Metric::is_score)
}

/// Whether a column holds a spread of values or a count.
pub fn is_statistic(name: &str) -> bool {
    words_of(name).iter().any(|word| has(STATISTICS, word))
}

/// Whether a column may be the metric to forecast.
pub(super) fn is_candidate(name: &str) -> bool {
    let words = words_of(name);
    let is_train = words.iter().any(|word| ["train", "training"].contains(&word.as_str()));
    !is_train && !is_statistic(name) && known(name).is_some()
}

/// The order of candidates: test before validation before others, then errors before scores.
pub(super) fn rank(name: &str) -> (usize, usize) {
    let words = words_of(name);
    let has_any = |wanted: &str| words.iter().any(|word| has(wanted, word));
    let data = if has_any("test testing") {
        0
    } else if has_any("val valid validation dev eval") {
        1
    } else {
        2
    };
    let what = match known(name) {
        Some(Metric::Rate) => 0,
        Some(Metric::Loss) => 1,
        Some(Metric::Unbounded) => 2,
        _ => 3,
    };
    (data, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_known_by_their_usual_spellings() {
        let shares = "acc, acc1, accuracy, val_acc, valAcc, Test Accuracy, top1, top-5, top_1_accuracy, \
            Acc@1, precision, recall, sensitivity, specificity, F1, f1_micro, f1-macro, F1 score, \
            macro_f1, weighted avg f1, Jaccard, IoU, mIoU, mean_iou, dice, Dice score, AP, mAP, \
            mAP50, mAP50-95, mAP@0.5:0.95, metrics/mAP50(B), metrics/mAP50-95(B), val/mAP_75, \
            average_precision, mean average precision, PR-AUC, AUC, AUROC, roc_auc, \
            balanced_accuracy, bal_acc, kappa, Cohen's kappa, MCC, matthews_corrcoef, Pearson, \
            pearson_r, Spearman, concordance, C-index, c_index, NDCG@10, ndcg@k, MRR, hit@5, \
            hits@10, MAP@10, recall@20, BLEU, sacrebleu, chrF, chrF++, ROUGE, ROUGE-L, rouge1, \
            METEOR, COMET, EM, exact_match, pass@1, pass@k, SSIM, cls_accuracy, eval_accuracy";
        for name in shares.split(", ") {
            assert_eq!(known(name), Some(Metric::ShareScore), "{name}");
        }
        for name in ["R²", "r2", "R2", "test_r2", "r2_score"] {
            assert_eq!(known(name), Some(Metric::Score(1.0)), "{name}");
        }
        for name in ["log-likelihood", "test_log_likelihood", "PSNR", "psnr_db"] {
            assert_eq!(known(name), Some(Metric::OpenScore), "{name}");
        }
    }

    #[test]
    fn errors_are_known_by_their_usual_spellings() {
        for name in [
            "error",
            "test_error",
            "err",
            "error_rate",
            "top1_err",
            "WER",
            "test_cer",
            "top-5 error",
        ] {
            assert_eq!(known(name), Some(Metric::Rate), "{name}");
        }
        for name in
            ["loss", "val_loss", "nll", "cross_entropy", "test/ppl", "log_loss", "bits_per_byte"]
        {
            assert_eq!(known(name), Some(Metric::Loss), "{name}");
        }
        for name in ["rmse", "test_MAE", "mean_squared_error", "Brier score", "FID"] {
            assert_eq!(known(name), Some(Metric::Unbounded), "{name}");
        }
        for name in ["neg_mean_squared_error", "neg_log_loss", "neg_root_mean_squared_error"] {
            assert!(matches!(known(name), Some(Metric::Negated(_))), "{name}");
        }
        assert_eq!(known("neg_log_loss"), Some(Metric::Negated(MetricKind::Loss)));
        assert_eq!(known("negative_log_likelihood"), Some(Metric::Loss));
    }

    #[test]
    fn other_names_say_nothing() {
        assert_eq!(known("test_score"), Some(Metric::AnyScore));
        for name in ["value", "quality", "metric", "lr", "size", "model", "acc_std", "train_time"] {
            assert_eq!(known(name), None, "{name}");
        }
    }
}
