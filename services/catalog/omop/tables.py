"""The tables of the CDM 5.4 that a site's dump may bring, what a row is known by, and which rows are ours."""

from collections.abc import Mapping

# In the order of loading: what is pointed to comes first. The vocabulary's own tables come from Athena.
TABLES = (
    "location", "care_site", "provider", "person", "visit_occurrence", "visit_detail", "observation_period", "death",
    "condition_occurrence", "procedure_occurrence", "drug_exposure", "device_exposure", "measurement", "observation",
    "specimen", "note", "note_nlp", "episode", "episode_event", "payer_plan_period", "cost", "drug_era", "dose_era",
    "condition_era", "fact_relationship", "metadata", "cdm_source", "cohort_definition", "cohort",
    "source_to_concept_map",
)  # fmt: skip
OF_THE_VOCABULARY = frozenset(
    {"concept", "vocabulary", "domain", "concept_class", "relationship", "concept_relationship", "concept_ancestor",
     "concept_synonym", "drug_strength"}
)  # fmt: skip

# Tables without a primary key: by these a row is known; by all of its columns where a table is not named here.
KNOWN_BY: Mapping[str, tuple[str, ...]] = {
    "death": ("person_id",),
    "cdm_source": ("cdm_source_abbreviation",),
    "cohort_definition": ("cohort_definition_id",),
}

# The ids of rows that were made from DICOM and not loaded.
OURS: Mapping[str, str] = {
    "care_site": "SELECT care_site_id FROM rcdm.radiology_hospital WHERE care_site_id IS NOT NULL",
    "person": "SELECT person_id FROM cdm.person EXCEPT SELECT person_id FROM rcdm.site_person",
    "visit_occurrence": "SELECT visit_occurrence_id FROM rcdm.radiology_occurrence"
    " WHERE visit_occurrence_id IS NOT NULL",
    "procedure_occurrence": "SELECT procedure_occurrence_id FROM rcdm.radiology_occurrence"
    " WHERE procedure_occurrence_id IS NOT NULL",
    "condition_occurrence": "SELECT condition_occurrence_id FROM rcdm.radiology_condition_link",
    "observation_period": "SELECT observation_period_id FROM rcdm.study_observation_period UNION"
    " SELECT observation_period_id FROM cdm.observation_period period"
    " WHERE NOT EXISTS (SELECT FROM rcdm.site_person site WHERE site.person_id = period.person_id)",
}
