"""Echo, repetition and inversion times of an MR image, and the kind of sequence that follows from them alone.

The limits are those between which a weighting is beyond doubt at 0.2 to 7 tesla; between them there is no answer.
"""

from dataclasses import dataclass

from imaging.header.dicom_json import Document, number, numbers, text, texts

# Short tau nulls fat (T1 80 to 380 ms by field), a long one nulls water.
_STIR_MS, _FLAIR_MS, _T1_INVERTED_MS = (70, 300), (1400, 3000), (300, 1400)
# Water and fat are 3.4 ppm apart: at one tesla they turn once against each other in 6.9 ms.
_TURN_MS_TESLA, _NEAR = 6.9, 0.17
_LARGEST_FIELD_TESLA = 100


@dataclass(frozen=True, slots=True)
class SequenceTimes:
    """Milliseconds, degrees and tesla; None is what is not written or cannot be."""

    echo_ms: float | None
    repetition_ms: float | None
    inversion_ms: float | None
    flip_degrees: float | None
    field_tesla: float | None
    is_spin: bool
    is_gradient: bool
    is_echo_planar: bool
    is_prepared: bool  # magnetisation prepared, as MPRAGE is

    @property
    def is_first_pass(self) -> bool:
        """Echo planar gradient echoes of a long echo time see what changes the blood: an agent, or its oxygen."""
        return self.is_echo_planar and self.is_gradient

    @property
    def inversion_kind(self) -> str | None:
        """Of an inverted spin echo: STIR or FLAIR."""
        if self.inversion_ms is None or self.is_gradient:
            return None
        if _STIR_MS[0] <= self.inversion_ms <= _STIR_MS[1]:
            return "STIR"
        is_long = _FLAIR_MS[0] <= self.inversion_ms <= _FLAIR_MS[1]
        return "FLAIR" if is_long and (self.repetition_ms or 5000) >= 4000 else None

    @property
    def echo_part(self) -> str | None:
        """IN_PHASE or OPPOSED_PHASE by how far water and fat have turned at the echo."""
        if self.echo_ms is None or self.field_tesla is None or self.is_spin:
            return None
        turned = self.echo_ms * self.field_tesla / _TURN_MS_TESLA % 1
        if min(turned, 1 - turned) <= _NEAR:
            return "IN_PHASE"
        return "OPPOSED_PHASE" if abs(turned - 0.5) <= _NEAR else None

    @property
    def kind(self) -> str | None:
        """The weighting that no other reading of these times leaves open."""
        echo, repetition = self.echo_ms, self.repetition_ms
        if echo is None or repetition is None:
            return None
        if self.inversion_ms is not None:
            return self._inverted(echo, repetition)
        if self.is_spin and not self.is_echo_planar:
            return _spin_kind(echo, repetition)
        is_t2_star = self.is_gradient and not self.is_echo_planar and echo >= 15 and repetition >= 200
        return "T2_STAR" if is_t2_star and (self.flip_degrees or 90) <= 40 else None

    def _inverted(self, echo: float, repetition: float) -> str | None:
        if self.is_gradient:
            is_t1 = self.is_prepared and 600 <= (self.inversion_ms or 0) <= 1300 and echo < 8
            return "T1" if is_t1 and repetition >= 1000 else None
        if self.inversion_kind == "STIR":
            return "STIR" if repetition >= 1500 else None
        if self.inversion_kind == "FLAIR":
            return "FLAIR" if echo >= 60 else None
        is_t1 = _T1_INVERTED_MS[0] < (self.inversion_ms or 0) < _T1_INVERTED_MS[1]
        return "T1" if is_t1 and echo <= 30 and 1000 <= repetition <= 3500 else None


def sequence_times(frame: Document) -> SequenceTimes:
    """Of a classic image, or of one frame of an enhanced one (PS3.3 C.8.3.1 and C.8.13)."""
    sequence = {value.upper() for value in texts(frame, "ScanningSequence")}
    pulse = (text(frame, "EchoPulseSequence") or "").upper()
    name = (text(frame, "SequenceName") or text(frame, "PulseSequenceName") or "").lower()
    is_gradient = ("GR" in sequence and "SE" not in sequence) or pulse == "GRADIENT" or "epfid" in name
    planar = (text(frame, "EchoPlanarPulseSequence") or "").upper() == "YES"
    return SequenceTimes(
        echo_ms=_positive(frame, "EchoTime", "EffectiveEchoTime"),
        repetition_ms=_positive(frame, "RepetitionTime"),
        inversion_ms=_positive(frame, "InversionTime", "InversionTimes"),
        flip_degrees=_positive(frame, "FlipAngle"),
        field_tesla=_field(frame),
        is_spin=not is_gradient and (bool(sequence & {"SE", "IR"}) or pulse == "SPIN"),
        is_gradient=is_gradient,
        is_echo_planar="EP" in sequence or planar or "epfid" in name,
        is_prepared="MP" in {value.upper() for value in texts(frame, "SequenceVariant")} or "tfl" in name,
    )


def _spin_kind(echo: float, repetition: float) -> str | None:
    if 300 <= repetition <= 900 and echo <= 25:
        return "T1"
    if repetition >= 2000 and echo >= 70:
        return "T2"
    return "PD" if 1800 <= repetition <= 6000 and 8 <= echo <= 35 else None


def _positive(frame: Document, *keywords: str) -> float | None:
    found = (next(iter(numbers(frame, keyword)), 0.0) for keyword in keywords)
    return next((value for value in found if value > 0), None)


def _field(frame: Document) -> float | None:
    field = number(frame, "MagneticFieldStrength") or 0
    return field / 10_000 if field > _LARGEST_FIELD_TESLA else field or None
