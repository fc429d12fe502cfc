"""Where a vocabulary can come from."""

from typing import Literal, TypeAlias

Source: TypeAlias = Literal["ATHENA", "OMOP"]
