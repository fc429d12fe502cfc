"""One tree of errors; each knows its kind, and http.py alone maps kinds to statuses.

RcdmError
├── BadRequest            the request cannot be understood
│   ├── BadKey            a blob key that could leave the store
│   └── EventTooLarge     an event above 900 kB
├── Unauthorized          nobody we know: no key or token, or none that is believed
├── Forbidden             somebody we know, who may not do this
├── NotFound              nothing is there
│   └── BlobMissing       no object under that key
├── Conflict              what is there contradicts what was asked
├── Gone                  it was here and was deleted on purpose
├── TooLarge              a limit, named
├── UnsupportedMedia      a content type we do not read
├── NotAcceptable         a content type we do not write
├── BadRange              a range outside the body
├── Refused               understood, and nothing of it could be accepted
├── Unavailable           something we stand on is away; the same call may succeed later
└── SettingsError         a wrong setting: the start stops with this sentence

AttemptTooLong            outside the tree, for it is no verdict: a record meets it again before it is buried
"""

from collections.abc import Mapping
from traceback import extract_tb
from typing import Any


class RcdmError(Exception):
    """Something went wrong that we have words for.

    `detail` is a whole sentence for the caller, with what to do next where there is something to do; `facts` are
    added to the answer. Neither ever holds patient data.
    """

    title = "Error"

    def __init__(self, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts: Mapping[str, Any] = facts


class BadRequest(RcdmError):
    title = "Bad request"


class BadKey(BadRequest):
    title = "Bad blob key"


class EventTooLarge(BadRequest):
    title = "Event too large"


class Unauthorized(RcdmError):
    title = "Unauthorized"


class Forbidden(RcdmError):
    title = "Forbidden"


class NotFound(RcdmError):
    title = "Not found"


class BlobMissing(NotFound):
    title = "No such object"


class Conflict(RcdmError):
    title = "Conflict"


class Gone(RcdmError):
    title = "Gone"


class TooLarge(RcdmError):
    title = "Too large"


class UnsupportedMedia(RcdmError):
    title = "Unsupported media type"


class NotAcceptable(RcdmError):
    title = "Not acceptable"


class BadRange(RcdmError):
    title = "Range not satisfiable"


class Refused(RcdmError):
    title = "Refused"


class Unavailable(RcdmError):
    title = "Temporarily unavailable"


class SettingsError(RcdmError):
    title = "Wrong setting"


class AttemptTooLong(Exception):
    """A handler took longer than its reaction allows, and was stopped. Not a TimeoutError: that may pass by itself."""


def reason_of(error: BaseException) -> str:
    """Words for an error that hold no patient data: ours have a sentence, others only their type."""
    return f"{type(error).__name__}: {error.detail}" if isinstance(error, RcdmError) else type(error).__name__


def story_of(error: BaseException) -> dict[str, str]:
    """For a log line: the reason, what was behind it, and where.

    Never the text of a foreign exception, which may quote what it choked on, a name for instance.
    """
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)]
    story = {"reason": _reasons(error), "traceback": " > ".join(places[-6:])}
    first = error
    while (earlier := first.__cause__ or first.__context__) is not None:
        first = earlier
    return story if first is error else {**story, "because": _reasons(first)}


def _reasons(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return ", ".join(_reasons(one) for one in error.exceptions)
    return reason_of(error)
