"""Private elements that are known to hold measures and no identity (PS3.15 E.3.10, Retain Safe Private Option).

An element is recognised by its block's creator and its own place in the block, never by the block's number.
"""

# (creator, element inside its block): what it measures. Only numbers leave, whatever the element holds.
SAFE_PRIVATE: dict[tuple[str, int], str] = {
    ("SIEMENS MR HEADER", 0x0019_0C): "b value",
    ("SIEMENS MR HEADER", 0x0019_0E): "diffusion gradient direction",
    ("SIEMENS MR HEADER", 0x0019_27): "b matrix",
    ("GEMS_PARM_01", 0x0043_39): "b value and following slice parameters",
    ("GEMS_ACQU_01", 0x0019_BB): "diffusion direction, first component",
    ("GEMS_ACQU_01", 0x0019_BC): "diffusion direction, second component",
    ("GEMS_ACQU_01", 0x0019_BD): "diffusion direction, third component",
    ("Philips Imaging DD 001", 0x2001_03): "b value",
    ("Philips MR Imaging DD 001", 0x2005_0D): "scale intercept",
    ("Philips MR Imaging DD 001", 0x2005_0E): "scale slope",
    ("Philips MR Imaging DD 001", 0x2005_B0): "diffusion direction RL",
    ("Philips MR Imaging DD 001", 0x2005_B1): "diffusion direction AP",
    ("Philips MR Imaging DD 001", 0x2005_B2): "diffusion direction FH",
    ("Philips PET Private Group", 0x7053_00): "SUV factor",
    ("Philips PET Private Group", 0x7053_09): "activity concentration factor",
}
NUMERIC_VRS = frozenset({"DS", "IS", "FL", "FD", "US", "SS", "UL", "SL"})


def is_safe_private(creator: str, tag: int) -> bool:
    """Of an element (0xggggeeee, its element number 0xbbee in block bb) in a block of this creator."""
    return (creator, (tag >> 16) << 8 | (tag & 0xFF)) in SAFE_PRIVATE
