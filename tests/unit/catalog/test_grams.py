"""What misspelt and reordered names still share."""

import pytest

from services.catalog.vocabulary.terms.index import grams_of, split, words_of


def shared(one: str, other: str) -> float:
    """Grams that both have, of those either has."""
    first, second = (set(split(grams_of([words_of(text)]))[0].tolist()) for text in (one, other))
    return len(first & second) / len(first | second)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Ménière's  Disease", "meniere s disease"),
        ("간세포암종 (HCC)", "간세포암종 hcc"),
        ("간암", "간암"),  # the same in jamo
        ("ＡＢ-１", "ab 1"),
        ("\x00\n\t", ""),
    ],
)
def test_signs_accents_and_case_say_nothing(written: str, words: str) -> None:
    assert words_of(written) == words


def test_the_order_of_words_says_nothing() -> None:
    assert shared("liver cell carcinoma", "carcinoma, liver cell") == 1.0


def test_a_misspelt_word_shares_most() -> None:
    assert shared("pneumonia", "pnuemonia") > shared("pneumonia", "pneumothorax") > shared("pneumonia", "cirrhosis")


def test_each_text_has_its_grams_once_and_none_of_its_neighbour() -> None:
    grams, owners = split(grams_of(["aa aa", "", "b"]))
    apart = [set(split(grams_of([text]))[0].tolist()) for text in ("aa", "", "b")]
    assert [set(grams[owners == number].tolist()) for number in range(3)] == apart
    assert len(grams) == sum(map(len, apart))
