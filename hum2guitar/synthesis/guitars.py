"""Names of guitars → shares of the generator's condition.

A guitar's kind is what its name has before the underscore: ``steel_allan`` is a steel one. A new kind is a new
folder of the corpus and a training run; no name is written here.
"""

from __future__ import annotations

from hum2guitar.errors import UserError

ANY = "any"  # none in particular, which the generator knows as a guitar of its own


def kinds(guitars: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Each kind and its guitars, in their order."""
    found: dict[str, tuple[str, ...]] = {}
    for guitar in guitars:
        kind = guitar.partition("_")[0]
        found[kind] = (*found.get(kind, ()), guitar)
    return found


def parse(choice: str, guitars: tuple[str, ...]) -> dict[str, float]:
    """``any``, ``NAME``, or a mix, ``NAME:SHARE,NAME:SHARE`` → the share of each guitar.

    A NAME is a guitar, a kind (its guitars in equal shares) or ``any``. Shares are numbers from 0 up that are put
    in proportion to their sum; left out they are 1. What the shares leave of 1 belongs to no guitar in particular.

    >>> parse("steel:3,nylon_b", ("nylon_b", "steel_a", "steel_c"))
    {'steel_a': 0.375, 'steel_c': 0.375, 'nylon_b': 0.25}

    Raises UserError for a name that is not known, or a share that is no number from 0 up.
    """
    members: dict[str, tuple[str, ...]] = {ANY: (), **kinds(guitars), **{guitar: (guitar,) for guitar in guitars}}
    terms: list[tuple[str, float]] = []
    for part in str(choice).split(","):
        name, colon, written = (piece.strip() for piece in part.partition(":"))
        if name not in members:
            raise UserError(
                f"there is no guitar {name!r} in this checkpoint; choose one of: {', '.join(members)}, or a mix of "
                "two, as in NAME:0.7,NAME:0.3"
            )
        terms.append((name, _share(name, written) if colon else 1.0))
    largest = max(share for _, share in terms)  # by which all are divided: their sum may be more than a float holds
    total = sum(share / largest for _, share in terms) if largest else 0
    if total == 0:
        raise UserError(f"the mix of guitars {choice!r} has no share above 0; give one, as in NAME:0.7,NAME:0.3")
    shares: dict[str, float] = {}
    for name, share in terms:
        for guitar in members[name]:
            shares[guitar] = shares.get(guitar, 0.0) + share / largest / total / len(members[name])
    return shares


def _share(name: str, text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share < float("inf"):
        raise UserError(f"the share {text!r} of the guitar {name} is no number from 0 up; write it as in {name}:0.7")
    return share
