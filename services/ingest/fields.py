"""What an uploader may say of all files of an upload."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from chassis.errors import BadRequest

_PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"
_Hospital = Annotated[str, StringConstraints(strip_whitespace=True, max_length=50, pattern=_PRINTABLE)]
_Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=50, pattern=_PRINTABLE)]
_Long = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000, pattern=_PRINTABLE)]


class Fields(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    hospital: _Hospital = Field("", description="Where the images come from; empty: the setting RCDM_HOSPITAL.")
    diagnosis: _Long = Field("", description="The diagnosis of all files, in words.")
    diagnosis_code: _Short = Field("", description="Its code.")
    vocabulary: _Short = Field("", description="The vocabulary of the code, such as KCD7 or ICD10.")
    assign_uids: bool = Field(
        False, description="Take objects without usable Instance UIDs under UIDs of ours, which the catalogue tells."
    )


def fields_of(query: Fields, form: Mapping[str, str]) -> Fields:
    """Both together. Raises BadRequest, without repeating values, for a field that is wrong or said twice."""
    twice = sorted(query.model_fields_set & form.keys())
    if twice:
        raise BadRequest(f"{', '.join(twice)}: say it in the form or in the address, not in both.", fields=twice)
    try:
        return Fields.model_validate({**query.model_dump(exclude_unset=True), **form})
    except ValidationError as error:
        wrong = [f"{problem['loc'][0]}: {problem['msg']}" for problem in error.errors()]
        raise BadRequest("; ".join(wrong)) from None
