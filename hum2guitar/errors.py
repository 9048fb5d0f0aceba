"""Errors whose messages are meant for the user. Each message is one sentence that says what to do."""


class UserError(ValueError):
    """An error that the user can correct. The page and the command line show its message without a traceback."""


class AudioError(UserError):
    """A recording cannot be used."""


class CheckpointError(UserError):
    """A checkpoint is missing, damaged, or not one of Hum2Guitar."""


class CorpusError(UserError):
    """Training material is missing or cannot be used."""
