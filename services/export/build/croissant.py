"""The version as Croissant 1.0 metadata (MLCommons): what catalogues of data sets and their loaders understand."""

import json
from dataclasses import fields
from typing import Any

from services.export.members import ManifestRow
from services.export.versions import StoredVersion

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES = {"int": "sc:Integer", "float": "sc:Float", "str": "sc:Text"}
_MEANINGS = {
    "path": "The file's name in the archive.", "sha256": "The file's checksum.", "bytes": "The file's size.",
    "split": "train, validation or test.", "person": "Pseudonym of the patient.",
    "occurrence": "Pseudonym of the study.", "series": "Number and pseudonym of the series.",
    "study_uid": "Replaced Study Instance UID.", "series_uid": "Replaced Series Instance UID.",
    "sop_uid": "Replaced SOP Instance UID.", "frame": "Frame of the object, from 1.", "modality": "DICOM modality.",
    "body_part": "Examined part of the body, known words only.", "laterality": "L, R, B (both) or U (unpaired).",
    "view_position": "From where projection X-ray looks: PA, MLO …",
    "series_description": "What the series is called, known words only.",
    "sequence": "Kind of MR sequence.", "plane": "Anatomical plane.", "plane_source": "What the plane was read from.",
    "phase": "Contrast phase.", "phase_source": "What the phase was read from.",
    "phase_confidence": "0 to 1.", "rows": "Lines of pixels.", "columns": "Pixels in a line.",
    "pixel_spacing": "mm between rows and between columns, a backslash between them.",
    "slice_position": "mm along the slice normal.", "slice_thickness": "mm.", "window_center": "As written.",
    "window_width": "As written.", "slope": "Real value = slope * value + intercept.", "intercept": "See slope.",
    "images": "Objects the file was made of.", "sidecar": "Name of the JSON file beside a volume.",
    "sidecar_sha256": "Its checksum.", "slices": "Slices of a volume.",
    "volumes": "Volumes in the file.", "slice_spacing": "mm from slice to slice along the normal.",
    "affine": "Three rows of four numbers: from voxel to RAS+ mm.",
    "axis": "What goes on from volume to volume: time, b-value, trigger, acquisition.",
    "axis_values": "Of each volume: s, s/mm2, ms.", "variant": "What sets it apart from other volumes of its series.",
    "gantry_tilt": "Degrees by which the stack leans; the affine is sheared.",
    "value_transform": "What led from stored to real values: NONE, RESCALE, MODALITY_LUT, PHILIPS_PRECISE, RWV.",
}  # fmt: skip
_MEDIA = {"png": ("image/png", "png"), "png16": ("image/png", "png"), "dicom": ("application/dicom", "dcm"),
          "nifti": ("application/gzip", "nii.gz")}  # fmt: skip
CONFORMS_TO = "http://mlcommons.org/croissant/1.0"


def croissant_file(version: StoredVersion, citation: str, manifest_sha256: str) -> bytes:
    """croissant.json; its addresses count from its own folder."""
    media, extension = _MEDIA[version.rule["format"]]
    document = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": version.root,
        "description": f"{version.members} files of de-identified radiology images; dataset.json says how they were"
        " chosen, README.txt how to read them.",
        "version": f"{version.number}.0.0",
        "datePublished": version.created_at.date().isoformat(),
        "citeAs": citation,
        "url": f"urn:sha256:{version.content_sha256}",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": "manifest.csv",
                "name": "manifest.csv",
                "contentUrl": "manifest.csv",
                "encodingFormat": "text/csv",
                "sha256": manifest_sha256,
            },
            {
                "@type": "cr:FileSet",
                "@id": "files",
                "name": "files",
                "encodingFormat": media,
                "includes": f"**/*.{extension}",
            },
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "manifest",
                "name": "manifest",
                "description": "One record per file.",
                "field": [_field(field.name, field.type) for field in fields(ManifestRow)],
            }
        ],
    }
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def _field(name: str, annotation: Any) -> dict[str, Any]:
    kind = str(getattr(annotation, "__name__", annotation)).removesuffix(" | None")
    return {
        "@type": "cr:Field",
        "@id": f"manifest/{name}",
        "name": name,
        "description": _MEANINGS[name],
        "dataType": _TYPES[kind],
        "source": {"fileObject": {"@id": "manifest.csv"}, "extract": {"column": name}},
    }
