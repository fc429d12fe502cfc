"""One tree of errors; each knows its kind, and http.py alone maps kinds to statuses.

RcdmError
├── BadRequest            the request cannot be understood
│   ├── BadKey            a blob key that could leave the store
│   └── EventTooLarge     an event above 900 kB
├── NotFound              nothing is there
│   └── BlobMissing       no object under that key
├── Conflict              what is there contradicts what was asked
├── TooLarge              a limit, named
├── UnsupportedMedia      a content type we do not read
├── NotAcceptable         a content type we do not write
├── BadRange              a range outside the body
├── Refused               understood, and nothing of it could be accepted
├── Unavailable           something we stand on is away; the same call may succeed later
└── SettingsError         a wrong setting: the start stops with this sentence
"""

from collections.abc import Mapping
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


class NotFound(RcdmError):
    title = "Not found"


class BlobMissing(NotFound):
    title = "No such object"


class Conflict(RcdmError):
    title = "Conflict"


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
