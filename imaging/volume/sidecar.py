"""What stands beside a volume as JSON: numbers and codes that are known by name, no text a person wrote.

Names and units are those of BIDS where it has them (times in seconds, angles in degrees, lengths in mm).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from imaging.header.dicom_json import Document, numbers, text, texts
from imaging.volume.dimensions import Axis, Slice
from imaging.volume.frame_facts import COMPONENTS
from imaging.volume.nifti import Affine
from imaging.volume.stacks import STACK_RULES_VERSION, Stack, seconds_of

About = dict[str, Any]

_NUMBERS = (
    "MagneticFieldStrength", "ImagingFrequency", "PixelBandwidth", "EchoTrainLength", "NumberOfAverages",
    "PercentPhaseFieldOfView", "KVP", "ReconstructionDiameter",
)  # fmt: skip
# Code strings with their defined terms (PS3.3): a device that writes another one is not quoted.
_TERMS: dict[str, frozenset[str]] = {
    "Modality": frozenset({"CT", "MR", "PT", "NM", "RTDOSE", "SEG", "CR", "DX", "MG", "XA", "RF", "US", "OT", "SC"}),
    "MRAcquisitionType": frozenset({"1D", "2D", "3D"}),
    "ScanningSequence": frozenset({"SE", "IR", "GR", "EP", "RM"}),
    "SequenceVariant": frozenset({"SK", "MTC", "SS", "TRSS", "SP", "MP", "OSP", "NONE"}),
    "PatientPosition": frozenset({"HFP", "HFS", "HFDR", "HFDL", "FFDR", "FFDL", "FFP", "FFS"}),
    "Units": frozenset({"CNTS", "NONE", "CM2", "PCNT", "CPS", "BQML", "MGMINML", "UMOLMINML", "MLMING", "MLG", "1CM"}),
    "DecayCorrection": frozenset({"NONE", "START", "ADMIN"}),
}
_MANUFACTURERS = (
    "Siemens", "Philips", "GE", "UIH", "Canon", "Toshiba", "Hitachi", "Fujifilm", "Bruker", "Mediso", "Shimadzu",
)  # fmt: skip
# Values of ImageType that name a kind of picture; makers also write what they like.
_TYPE_WORDS = frozenset({
    "ORIGINAL", "DERIVED", "PRIMARY", "SECONDARY", "M", "P", "R", "I", "MAGNITUDE", "PHASE", "REAL", "IMAGINARY",
    "ADC", "FA", "TRACE", "TRACEW", "DIFFUSION", "EADC", "B0", "IN_PHASE", "OUT_PHASE", "OPP_PHASE", "WATER", "FAT",
    "W", "F", "IP", "OP", "FF", "AXIAL", "LOCALIZER", "MPR", "MIP", "PROJECTION_IMAGE", "SUBTRACTION", "T1", "T2",
    "PERFUSION", "ASL", "FMRI", "CBF", "CBV", "MTT", "TTP", "DIS2D", "DIS3D", "ND", "NORM", "NONE", "OTHER",
})  # fmt: skip
_UNITS = {
    Axis.TIME: "s", Axis.B_VALUE: "s/mm2", Axis.ECHO: "ms", Axis.INVERSION: "ms", Axis.TRIGGER: "ms",
    Axis.REPETITION_TIME: "ms", Axis.FLIP_ANGLE: "degree",
}  # fmt: skip


def known_about(document: Document) -> About:
    """Of an object's header what a sidecar may say."""
    about: About = {name: numbers(document, name)[:1] for name in _NUMBERS}
    about |= {name: texts(document, name) for name in _TERMS}
    return only_known(about | {"Manufacturer": [text(document, "Manufacturer") or ""]})


def only_known(about: Mapping[str, Any]) -> About:
    """Lists of values reduced to those that are numbers and terms known here; used on both sides of a worker."""
    kept: About = {name: [float(value) for value in _listed(about, name) if _is_number(value)] for name in _NUMBERS}
    kept |= {name: [value for value in _listed(about, name) if value in terms] for name, terms in _TERMS.items()}
    kept["Manufacturer"] = [name for written in _listed(about, "Manufacturer") if (name := _manufacturer(written))]
    return {name: values for name, values in kept.items() if values}


def volume_sidecar(stack: Stack, about: About, affine: Affine, transform: str) -> dict[str, Any]:
    """Of a stack that is a volume or several; `transform` names what led to the values."""
    first = stack.volumes[0][0].facts
    told: dict[str, Any] = {name: values if len(values) > 1 else values[0] for name, values in about.items()}
    told |= {
        "EchoTime": _seconds(first.echo_time_ms),
        "RepetitionTime": _seconds(first.repetition_time_ms),
        "InversionTime": _seconds(first.inversion_time_ms),
        "FlipAngle": first.flip_angle,
        "SliceThickness": first.slice_thickness,
        "SpacingBetweenSlices": stack.spacing_mm,
        "ImageOrientationPatientDICOM": [round(value, 6) for value in first.orientation or ()],
        "Affine": [[round(float(value), 6) for value in row] for row in affine],
        "ValueTransform": transform,
        "Axis": stack.axis,
        "AxisValues": list(stack.axis_values) or None,
        "AxisUnit": _unit(stack),
        "Variant": variant_words(stack) or None,
        "GantryTilt": True if stack.flaws else None,
        "ConversionSoftware": "rcdm",
        "ConversionSoftwareVersion": f"stacks {STACK_RULES_VERSION}",
        **_diffusion([volume[0] for volume in stack.volumes], affine, about),
    }
    return {name: value for name, value in told.items() if value is not None}


def _unit(stack: Stack) -> str | None:
    """None of what is counted; time points without a clock are."""
    is_counted = stack.axis is None or (stack.axis is Axis.TIME and not seconds_of(stack.volumes))
    return None if is_counted or stack.axis is None else _UNITS.get(stack.axis)


def variant_words(stack: Stack) -> dict[str, Any]:
    """What sets a stack apart from others of its series, without anything a device may have written freely."""
    words: dict[str, Any] = {}
    for axis, value in stack.variant.items():
        if axis is Axis.IMAGE_TYPE:
            words[axis] = "\\".join(word for word in str(value).upper().split("\\") if word in _TYPE_WORDS)
        elif axis is Axis.COMPONENT:
            words[axis] = value if value in COMPONENTS else None
        elif axis not in (Axis.KERNEL, Axis.STACK):
            words[axis] = value
    return {axis: value for axis, value in words.items() if value not in (None, "")}


def _diffusion(firsts: Sequence[Slice], affine: Affine, about: About) -> dict[str, Any]:
    """Weights and directions, one for each volume, as FSL reads them: along the image's axes, x turned where needed."""
    weights = [one.facts.b_value for one in firsts]
    if all(weight is None for weight in weights):
        return {}
    told: dict[str, Any] = {"bval": [weight or 0.0 for weight in weights]}
    directions = [one.facts.b_direction for one in firsts]
    # GE gives directions in the scanner's own axes.
    if not any(directions) or about.get("Manufacturer") == ["GE"]:
        return told
    axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    patient = np.asarray([direction or (0.0, 0.0, 0.0) for direction in directions]) * [-1, -1, 1]
    along = np.linalg.solve(axes, patient.T)
    along[0] *= -1 if np.linalg.det(axes) > 0 else 1
    return told | {"bvec": [[round(float(value), 6) + 0.0 for value in row] for row in along]}


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds / 1000, 9)


def _listed(about: Mapping[str, Any], name: str) -> list[Any]:
    values = about.get(name)
    return [value for value in values if isinstance(value, str | int | float)] if isinstance(values, list) else []


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _manufacturer(written: Any) -> str | None:
    words = str(written).upper().replace("_", " ").split()
    return next((name for name in _MANUFACTURERS if name.upper() in words), None)
