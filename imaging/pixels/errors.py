"""Why an image has no picture: a fact about the image, never an error of the system."""

from enum import StrEnum

# PS3.6 Table A-1: Segmentation Storage, Label Map Segmentation Storage.
SEGMENTATIONS = frozenset({"1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"})


class NoPictureReason(StrEnum):
    """The closed list of reasons; stored with the image and shown to people."""

    NO_PIXELS = "no_pixels"  # the object carries no pixel data, or an empty one
    NOT_AN_IMAGE = "not_an_image"  # its pixels are data about another image: a segmentation
    UNSUPPORTED_TRANSFER_SYNTAX = "unsupported_transfer_syntax"  # we have no decoder for this encoding
    UNSUPPORTED_PHOTOMETRIC = "unsupported_photometric"  # an unknown or retired colour space
    BAD_PIXEL_DESCRIPTION = "bad_pixel_description"  # Rows, Columns, Bits… missing, of wrong VR, zero or contradictory
    BAD_PALETTE = "bad_palette"  # PALETTE COLOR without three usable tables
    MOSAIC = "mosaic"  # slices side by side in one picture, and nothing says how to cut it
    SIZE = "size"  # over the limit, or not the size that was declared
    UNDECODABLE = "undecodable"  # the decoder refused a frame
    DECODER_LIMIT = "decoder_limit"  # it needed more memory or time than an image may have
    DECODER_DIED = "decoder_died"  # the decoding process ended without a word, twice


class NoPicture(Exception):
    """This image gives no picture: `reason` is for machines, `detail` is a sentence without patient data."""

    def __init__(self, reason: NoPictureReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type["NoPicture"], tuple[NoPictureReason, str]]:
        # Exceptions travel from the decoding process to the service by pickle.
        return NoPicture, (self.reason, self.detail)
