"""The one root of every error whose message is meant for the person at the page or the prompt."""


class UserError(ValueError):
    """Something the user can mend; the message is one sentence that says how."""


class AudioError(UserError):
    """A recording that cannot be used as it is."""


class CheckpointError(UserError):
    """A checkpoint that is missing, damaged, or not of this program."""


class CorpusError(UserError):
    """Training material that is missing or cannot be used as it is."""
