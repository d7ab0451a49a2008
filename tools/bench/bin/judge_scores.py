"""The peer of `bench judge`: judges a matrix of scores with scikit-learn and prints a line of JSON.

    judge_scores.py SCORES TARGETS.npy

Prints {"milliseconds", "cpuMilliseconds", "reading", "megabytes", "mAP", "CF1", "OF1"}, or {"missing": why}. CF1 is the harmonic mean of the
macro precision and recall, as the literature has it.
"""

import json
import resource
import sys
import time


def main(scores_path, targets_path):
    try:
        import numpy
        from sklearn.metrics import average_precision_score, precision_recall_fscore_support
    except ImportError as error:
        return {"missing": str(error)}
    start = time.perf_counter()
    cpu = time.process_time()
    if scores_path.endswith(".npy"):
        scores = numpy.load(scores_path)
    else:
        try:
            import pandas
        except ImportError as error:
            return {"missing": str(error)}
        scores = pandas.read_csv(scores_path, index_col=0).to_numpy()
    targets = numpy.load(targets_path)
    reading = 1000 * (time.perf_counter() - start)
    ap = [average_precision_score(targets[:, k], scores[:, k]) for k in range(scores.shape[1])]
    predicted = scores > 0.5
    macro = precision_recall_fscore_support(targets, predicted, average="macro", zero_division=0)
    micro = precision_recall_fscore_support(targets, predicted, average="micro", zero_division=0)
    milliseconds = 1000 * (time.perf_counter() - start)
    return {
        "milliseconds": milliseconds,
        "cpuMilliseconds": 1000 * (time.process_time() - cpu),
        "reading": reading,
        # Kilobytes on Linux.
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "mAP": sum(ap) / len(ap),
        "CF1": 2 * macro[0] * macro[1] / (macro[0] + macro[1]),
        "OF1": float(micro[2]),
    }


print(json.dumps(main(*sys.argv[1:])))
