"""Mappings as other programs read and write them: Usagi's file, and source_to_concept_map."""
