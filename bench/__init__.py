"""The benchmark: this project beside Rasa's stock French pipeline and scikit-learn, on one machine (`make bench`).

    python -m bench                          everything, then docs/benchmarks.md
    python -m bench curve --only ours        one part for one of the three; what is measured is kept in var/bench/
    python -m bench cross                    cross-validation of the classifier, for docs/understanding.md

It runs in the site's environment and starts what needs Rasa's (`bench.inside`) there.
"""
