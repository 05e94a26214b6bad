"""
`decide` against a second, naive reading of the rules, minute by minute; a sample of it.

Thousands of cases: `python -m tests.policy.oracle 5000`.
"""

from collections import Counter

from tests.policy.oracle import disagreement
from tests.policy.oracle_cases import random_case, real_verdict

SAMPLE = range(60)


def test_the_core_and_the_oracle_agree() -> None:
    """On verdict and instant, over clock changes, holidays, and grounds that begin and lapse."""
    assert [f"seed {seed}: {said}" for seed in SAMPLE if (said := disagreement(random_case(seed)))] == []


def test_the_sample_asks_every_kind_and_meets_every_verdict() -> None:
    """A case in which nothing objects proves nothing."""
    cases = [random_case(seed) for seed in SAMPLE]
    assert len({rule.kind for case in cases for rule in case.rules}) == 8
    verdicts = Counter(real_verdict(case)[0] for case in cases)
    assert all(verdicts[word] >= 5 for word in ("permit", "defer", "deny"))
