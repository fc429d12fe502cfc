"""How the frames of one object were drawn, told once for every run of frames that were drawn alike."""

import json
from typing import Any

from imaging.pixels import Picture, Rendering


class Renderings:
    """A list of runs: each is a rendering with the first and last frame it holds for."""

    def __init__(self) -> None:
        self._runs: list[dict[str, Any]] = []
        self._last: Rendering | None = None

    def add(self, picture: Picture) -> None:
        """Frames come in order."""
        if picture.rendering == self._last:
            self._runs[-1]["last_frame"] = picture.frame
            return
        frames = {"first_frame": picture.frame, "last_frame": picture.frame}
        self._runs.append(frames | picture.rendering.as_json())
        self._last = picture.rendering

    def as_json(self) -> str:
        return json.dumps(self._runs, ensure_ascii=False, separators=(",", ":"))
