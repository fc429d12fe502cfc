"""A made-up site: two persons with visits, a diagnosis and a death, as CSV dumps of its CDM tables."""

from pathlib import Path

from tests.vocabulary.made_up import concept_id

PERSONS = (
    "person_id,gender_concept_id,year_of_birth,race_concept_id,ethnicity_concept_id,location_id,care_site_id,"
    "person_source_value,gender_source_value\n"
    '1,8532,1961,0,0,1,1,"MRN-0001",F\n'
    "2,8507,1950,0,0,,1,MRN-0002,M\n"
)
TABLES = {
    "person.csv": PERSONS,
    "LOCATION.csv": "location_id,city\n1,Iksan\n",
    "care_site.csv": "care_site_id,care_site_name,location_id\n1,Made-up clinic,1\n",
    "visit_occurrence.tsv": (
        "visit_occurrence_id\tperson_id\tvisit_concept_id\tvisit_start_date\tvisit_end_date\tvisit_type_concept_id\t"
        "care_site_id\tpreceding_visit_occurrence_id\n"
        "1\t1\t0\t2024-01-08\t2024-01-12\t32817\t1\t\n"
        "2\t1\t0\t20240301\t20240301\t32817\t1\t1\n"
    ),
    "observation_period.csv": (
        "observation_period_id,person_id,observation_period_start_date,observation_period_end_date,"
        "period_type_concept_id\n"
        "1,1,2023-01-01,2023-12-31,32817\n"
        "2,1,2024-01-08,2024-01-12,32817\n"
    ),
    "condition_occurrence.csv": (
        "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,condition_type_concept_id,"
        "visit_occurrence_id,condition_source_value\n"
        f'1,1,{concept_id("M5")},2024-01-08,32817,1,"C22.0, ""liver"""\n'
    ),
    "death.csv": "person_id,death_date\n2,2024-05-05\n",
}


def made_up_site(folder: Path) -> Path:
    """The folder with a file for each table."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in TABLES.items():
        (folder / name).write_text(text)
    return folder


def changed(folder: Path, name: str, old: str, new: str) -> None:
    """One place of one file."""
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
