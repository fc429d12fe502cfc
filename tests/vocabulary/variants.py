"""The same diagnosis as others write it: misspelt, in another order, abbreviated. The same seed, the same text."""

import string
from collections.abc import Callable, Mapping
from random import Random

_LONG = 5  # letters: shorter words are neither misspelt nor cut
_SMALL = {"of", "due", "to", "the", "and", "by", "with", "in"}
_EACH = 12  # letters in which one mistake is made


def exact(name: str, random: Random) -> str:
    """In other letters and spaces."""
    return random.choice([name.upper(), name.lower(), f"  {name.replace(' ', '  ')} "])


def misspelt(name: str, random: Random) -> str:
    """One letter in every twelve, at least one: left out, doubled, another one, or two in the wrong order."""
    words = name.split(" ")
    long = [place for place, word in enumerate(words) if len(word) >= _LONG] or [len(words) - 1]
    for place in random.sample(long, min(len(long), max(1, len(name) // _EACH))):
        words[place] = _mistaken(words[place], random)
    return " ".join(words)


def _mistaken(word: str, random: Random) -> str:
    at = random.randrange(1, max(2, len(word) - 1))
    kind = random.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:] if at < len(word) else word + word[-1]
    if kind == 2:
        return word[:at] + random.choice(string.ascii_lowercase) + word[at + 1 :]
    return word[: at - 1] + word[at : at + 1] + word[at - 1] + word[at + 1 :]


def reordered(name: str, random: Random) -> str:
    """`Liver, chronic inflammation`: all words but the small ones, in any order."""
    words = [word for word in name.replace(",", "").split(" ") if word.lower() not in _SMALL]
    before = list(words)
    while words == before and len(set(words)) > 1:
        random.shuffle(words)
    return f"{words[0]}, {' '.join(words[1:])}".rstrip(", ")


def abbreviated(name: str, random: Random) -> str:
    """`Chr. inflamm. liver`: long words are cut to four to six letters, small ones left out."""
    words = [word for word in name.split(" ") if word.lower() not in _SMALL]
    return " ".join(_cut(word, random) for word in words)


def _cut(word: str, random: Random) -> str:
    kept = random.randint(4, 6)
    return word if len(word) <= kept + 1 else f"{word[:kept]}."


def spaced_otherwise(name: str, random: Random) -> str:
    """Korean as it is typed: no space between two of the words, or none at all."""
    words = name.split(" ")
    if len(words) < 2 or random.random() < 0.3:
        return "".join(words)
    place = random.randrange(1, len(words))
    return " ".join([*words[: place - 1], words[place - 1] + words[place], *words[place + 1 :]])


def mistyped(name: str, random: Random) -> str:
    """Korean with one syllable left out, doubled, or in the place of the next."""
    at = random.randrange(1, max(2, len(name) - 1))
    return random.choice([
        name[:at] + name[at + 1 :],
        name[:at] + name[at - 1] + name[at:],
        name[: at - 1] + name[at : at + 1] + name[at - 1] + name[at + 1 :],
    ])  # fmt: skip


ENGLISH: Mapping[str, Callable[[str, Random], str]] = {
    "exact": exact, "misspelt": misspelt, "reordered": reordered, "abbreviated": abbreviated,
}  # fmt: skip
KOREAN: Mapping[str, Callable[[str, Random], str]] = {
    "Korean": lambda name, _: name, "Korean, spaced otherwise": spaced_otherwise, "Korean, misspelt": mistyped,
}  # fmt: skip
