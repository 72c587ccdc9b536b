"""The network that is written by hand: its gradients are the slopes of its loss, and it learns."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from assistant.nlu.learning.features import Vectorised
from assistant.nlu.learning.network import Network, Shape, _gradients, _untrained, _visible, learn, sigmoid, softmax

PLAIN = Shape(hidden=5, epochs=60, batch=4, rate=0.02, hidden_dropout=0.0, count_dropout=0.0)
CHOSEN = np.array([4, 0, 2])
"""The rows of the batch whose gradient is taken."""
STEP = 1e-6
CLOSE = 1e-5
"""Between a gradient and the slope; the network's softmax is in single precision."""
WEIGHTS = ["counts", "vectors", "hidden", "labels", "labels_bias", "several", "several_bias"]


def data() -> tuple[Vectorised, np.ndarray, np.ndarray]:
    """Six texts over seven words and three dimensions; three labels, one text with two of them."""
    random = np.random.default_rng(3)
    counts = random.random((6, 7)) * (random.random((6, 7)) < 0.5)
    targets = np.eye(3)[[0, 1, 2, 0, 1, 2]]
    targets[4] = [0.5, 0.5, 0.0]
    several = (np.count_nonzero(targets, axis=1) > 1)[:, None].astype(float)
    return Vectorised(csr_matrix(counts), random.standard_normal((6, 3))), targets, several


def network() -> Network:
    """In double precision, with biases that are not zero."""
    rows, targets, _ = data()
    random = np.random.default_rng(5)
    start = _untrained(rows, targets.shape[1], PLAIN, random)
    return Network(**{name: w + 0.1 * random.standard_normal(w.shape) for name, w in vars(start).items()})


def loss(weights: Network) -> float:
    """Cross entropy over labels and over "several", mean of the batch: what learning is meant to lower."""
    rows, targets, several = data()
    before = rows.counts[CHOSEN] @ weights.counts + rows.vectors[CHOSEN] @ weights.vectors + weights.hidden
    hidden = np.maximum(before, 0)
    logits = hidden @ weights.labels + weights.labels_bias
    log_likelihood = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    more = hidden @ weights.several + weights.several_bias
    of_labels = -(targets[CHOSEN] * log_likelihood).sum()
    of_several = (np.logaddexp(0, more) - several[CHOSEN] * more).sum()
    return float(of_labels + of_several) / len(CHOSEN)


def slopes(name: str) -> np.ndarray:
    """How the loss moves with each number of these weights."""
    start = network()
    found = np.zeros_like(getattr(start, name))
    for at in np.ndindex(found.shape):
        for sign in (1, -1):
            moved = getattr(start, name).copy()
            moved[at] += sign * STEP
            found[at] += sign * loss(replace(start, **{name: moved})) / (2 * STEP)
    return found


def gradients() -> dict[str, np.ndarray]:
    """What the network computes, `counts` put back among all its rows."""
    rows, targets, several = data()
    seen, found = _gradients(network(), rows, targets, several, CHOSEN, PLAIN, np.random.default_rng(0))
    everywhere = np.zeros((rows.counts.shape[1], PLAIN.hidden))
    everywhere[seen] = found["counts"]
    return found | {"counts": everywhere}


@pytest.mark.parametrize("name", WEIGHTS)
def test_a_gradient_is_the_slope_of_the_loss(name: str) -> None:
    """Against central differences, number by number."""
    measured = slopes(name)
    assert np.abs(measured).max() > 100 * CLOSE
    np.testing.assert_allclose(gradients()[name], measured, atol=CLOSE)


@pytest.mark.parametrize("name", WEIGHTS)
def test_a_wrong_gradient_would_be_noticed(name: str) -> None:
    """The control: one percent too much is seen."""
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(gradients()[name] * 1.01, slopes(name), atol=CLOSE)


def test_every_weight_has_a_gradient() -> None:
    """None is left as it was drawn."""
    assert set(gradients()) == set(vars(network())) == set(WEIGHTS)


def test_hidden_counts_are_made_up_for_by_those_left() -> None:
    """Over many draws a count weighs what it weighs without dropout."""
    counts = data()[0].counts
    random = np.random.default_rng(1)
    total = np.zeros(counts.shape)
    for _ in range(3_000):
        seen, left = _visible(counts, 0.4, random)
        total[:, seen] += left.toarray()
    np.testing.assert_allclose(total / 3_000, counts.toarray(), atol=0.06)


WORDS = ("carte", "retraite", "logement", "bonjour", "merci")
SAID = [(0,), (1,), (2,), (0, 3), (1, 3), (2, 4), (0, 4), (1, 4), (0, 1), (1, 2), (0, 2, 3), (0, 1, 4), (1, 2, 3)]
"""Words of each text; the first three are requests, the others politeness."""
LEARNING = replace(PLAIN, networks=1, hidden=16)


def spoken(texts: list[tuple[int, ...]]) -> Vectorised:
    """A count a word, and nothing known of the words' meaning."""
    counts = np.zeros((len(texts), len(WORDS)), dtype=np.float32)
    for row, words in enumerate(texts):
        counts[row, list(words)] = 1 / np.sqrt(len(words))
    return Vectorised(csr_matrix(counts), np.zeros((len(texts), 2), dtype=np.float32))


def wanted(texts: list[tuple[int, ...]]) -> np.ndarray:
    """The requests of each text, in equal shares."""
    targets = np.zeros((len(texts), 3), dtype=np.float32)
    for row, words in enumerate(texts):
        asked = [word for word in words if word < 3]
        targets[row, asked] = 1 / len(asked)
    return targets


@pytest.fixture(scope="module")
def learnt() -> Network:
    """What the toy sentences teach."""
    return learn(spoken(SAID), wanted(SAID), LEARNING)


def test_learning_tells_labels_apart(learnt: Network) -> None:
    """Each single request is recognised; before learning they were not."""
    single = [words for words in SAID if sum(word < 3 for word in words) == 1]
    asked = [words[0] for words in single]
    assert list(learnt.run(spoken(single))[0].argmax(1)) == asked
    untaught = learn(spoken(SAID), wanted(SAID), replace(LEARNING, epochs=0))
    assert list(untaught.run(spoken(single))[0].argmax(1)) != asked


def test_vectors_alone_tell_labels_apart() -> None:
    """Words never met in training are recognised by what they are near to."""
    random = np.random.default_rng(2)
    meanings = np.repeat(np.eye(2, dtype=np.float32), 20, axis=0)
    rows = Vectorised(csr_matrix((40, 3), dtype=np.float32), meanings + np.float32(0.1) * random.random((40, 2)))
    found = learn(rows, meanings, LEARNING)
    new = Vectorised(csr_matrix((2, 3), dtype=np.float32), np.array([[0.8, 0.1], [0.2, 0.9]], dtype=np.float32))
    assert list(found.run(new)[0].argmax(1)) == [0, 1]


def test_several_requests_are_told_from_one(learnt: Network) -> None:
    """By the head of its own, which shares the hidden layer."""
    chances = sigmoid(learnt.run(spoken(SAID))[1])[:, 0]
    for words, chance in zip(SAID, chances, strict=True):
        assert (chance > 0.5) == (sum(word < 3 for word in words) > 1), words


def test_the_evidence_is_the_word_that_decides(learnt: Network) -> None:
    """Of "bonjour, retraite, merci", retraite speaks for the pension, against the card, and the greetings for nothing."""
    each = learnt.pull(spoken([(word,) for word in range(len(WORDS))]))
    evidence = learnt.evidence(spoken([(1, 3, 4)]), each[[3, 1, 4]], [1, 0])
    assert evidence.shape == (3, 2)
    assert evidence[:, 0].argmax() == 1
    assert evidence[1, 0] > 0 > evidence[1, 1]
    assert evidence[1, 0] > 4 * max(evidence[0, 0], evidence[2, 0])


def test_the_same_seed_gives_the_same_weights() -> None:
    """Learning twice is learning the same; dropout included."""
    noisy = replace(LEARNING, hidden_dropout=0.3, count_dropout=0.3, epochs=3)
    first, again, other = (learn(spoken(SAID), wanted(SAID), replace(noisy, seed=seed)) for seed in (1, 1, 2))
    for name in WEIGHTS:
        assert np.array_equal(getattr(first, name), getattr(again, name))
    assert not np.array_equal(first.counts, other.counts)


def test_a_word_that_no_text_holds_keeps_its_weights() -> None:
    """A step touches the rows of the words it saw, and no other."""
    without = [words for words in SAID if 4 not in words]
    rows = spoken(without)
    drawn = _untrained(rows, 3, LEARNING, np.random.default_rng(LEARNING.seed))
    found = learn(rows, wanted(without), LEARNING)
    assert np.array_equal(found.counts[4], drawn.counts[4].astype(np.float16))
    assert not np.allclose(found.counts[0], drawn.counts[0])


def test_probabilities_hold_whatever_the_logits() -> None:
    """No overflow, and rows that add up to one."""
    logits = np.array([[1e4, -1e4, 0.0], [0.0, 0.0, 0.0]], dtype=np.float32)
    np.testing.assert_allclose(softmax(logits), [[1, 0, 0], [1 / 3] * 3], rtol=1e-6)
    chances = sigmoid(np.array([-1e6, 0.0, 1e6], dtype=np.float32))
    np.testing.assert_allclose(chances, [0, 0.5, 1], atol=1e-6)


def test_several_networks_answer_the_mean_of_what_each_says() -> None:
    """As one network with the units of all, and each another one."""
    rows, targets, _ = data()
    alone = [learn(rows, targets, replace(PLAIN, networks=1, seed=seed)).run(rows) for seed in (4, 5)]
    together = learn(rows, targets, replace(PLAIN, networks=2, seed=4)).run(rows)
    for both, first, second in zip(together, *alone, strict=True):
        np.testing.assert_allclose(both, (first + second) / 2, rtol=1e-4, atol=1e-5)
        assert not np.allclose(first, second)
