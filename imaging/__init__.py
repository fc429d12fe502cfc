"""What we know about medical images: pure functions, no HTTP, no Kafka, no SQL.

Seven doors; every other file serves one of them.

- `part10`: is this a DICOM file, and which object? (`walk`, `elements`, `file_meta`, `inflate`, `completeness`, `uids`,
  `refusal`)
- `tags`: the header as a DICOM JSON document, the patient split off. (`values`, `charsets`, `identity`; read through
  `document`, `functional_groups` and, for the R-CDM's columns, `fields`)
- `pixels`: one PNG per frame and how it was drawn. (`pixel_dataset`, `frames`, `decoders`, `codestream`,
  `native_pixels`, `pixel_layout`, `display_rules`, `luts`, `voi`, `grey`, `colour`, `png`; `no_picture`: why there is
  none)
- `plane`: which way a slice lies, and `geometry`: what is odd about a stack. (`orientation`)
- `phase`: which contrast phase, from one image and from the order of a study. (`phase_evidence`, `phase_order`,
  `phase_group`, `phase_values`, `lexicon`, `acquisition_time`)
- `deidentify`: the object with nobody's identity in it. (`deidentify_elements`, `deidentify_values`,
  `deidentify_pixels`, `deidentify_bits`, `profile`, `safe_text`, `safe_numbers`, `unsafe_spans`, `safe_private`)
- `stored_pictures`: the stored values as PNG of 16 bits.
"""
