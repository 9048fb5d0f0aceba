"""Name or mix of guitars → share of each guitar in the condition of the generator.

The part of a name before the underscore is the kind of the guitar: ``steel_allan`` is a steel guitar. The names come
from the checkpoint. A new guitar needs a folder in the corpus and a training run, and no change here.
"""

from __future__ import annotations

from hum2guitar.config import Config
from hum2guitar.errors import UserError

ANY = "any"  # the user has no preference


def kinds(guitars: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Group guitars by their kind, in the given order."""
    found: dict[str, tuple[str, ...]] = {}
    for guitar in guitars:
        kind = guitar.partition("_")[0]
        found[kind] = (*found.get(kind, ()), guitar)
    return found


def shares_of(choice: str, articulation: str, config: Config) -> dict[str, float]:
    """Parse a choice of guitars for a checkpoint, as ``parse`` does; ``any`` depends on the articulation.

    In ``plucked`` it is the default guitar of the checkpoint. In ``follow`` it is no guitar in particular: level and
    attacks come from the recording, and nobody knows which guitar that resembles.

    Raises
    ------
    UserError
        As ``parse`` does.
    """
    return parse(choice, config.guitars, "" if articulation == "follow" else config.default_guitar)


def parse(choice: str, guitars: tuple[str, ...], default: str = "") -> dict[str, float]:
    """Parse a choice of guitars.

    Parameters
    ----------
    choice : ``NAME``, or a mix ``NAME:SHARE,NAME:SHARE``. A name is a guitar, a kind (all its guitars in equal shares)
        or ``any``. A share is a number of 0 or more, 1 by default; the shares are divided by their sum.
    guitars : the guitars of the checkpoint
    default : which of them ``any`` is; empty for no guitar in particular, for which the generator has a condition

    Returns
    -------
    shares : the share of each guitar; the share of no guitar in particular is left out

    Raises
    ------
    UserError
        If a name is unknown, or a share is not a number of 0 or more.

    Examples
    --------
    >>> parse("steel:3,nylon_b", ("nylon_b", "steel_a", "steel_c"))
    {'steel_a': 0.375, 'steel_c': 0.375, 'nylon_b': 0.25}
    """
    any_of = (default,) if default else ()
    members: dict[str, tuple[str, ...]] = {ANY: any_of, **kinds(guitars), **{guitar: (guitar,) for guitar in guitars}}
    terms: list[tuple[str, float]] = []
    for part in str(choice).split(","):
        name, colon, number = (piece.strip() for piece in part.partition(":"))
        if name not in members:
            raise UserError(
                f"there is no guitar {name!r} in this checkpoint; choose one of: {', '.join(members)}, or a mix such "
                "as NAME:0.7,NAME:0.3"
            )
        terms.append((name, _parse_share(name, number) if colon else 1.0))
    largest = max(share for _, share in terms)  # shares are divided by it first, because their sum could overflow
    total = sum(share / largest for _, share in terms) if largest else 0
    if total == 0:
        raise UserError(f"the mix of guitars {choice!r} has no share above 0; give one, such as NAME:0.7,NAME:0.3")
    shares: dict[str, float] = {}
    for name, share in terms:
        for guitar in members[name]:
            shares[guitar] = shares.get(guitar, 0.0) + share / largest / total / len(members[name])
    return shares


def _parse_share(name: str, text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share < float("inf"):
        raise UserError(f"the share {text!r} of the guitar {name} is not a number of 0 or more; write {name}:0.7")
    return share
