"""Catalog: extracted images become R-CDM and OMOP rows; search, pictures and headers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from chassis.errors import SettingsError
from chassis.outbox import Outbox
from chassis.service import Burials, Home, Reaction, Running, Service
from chassis.topics import INSTANCE_EXTRACTED, OCCURRENCE_PURGED
from imaging.lexicon import use_site_lexicon
from imaging.lexicon_file import LexiconError
from services.catalog.deletion.listing import mark_purged
from services.catalog.handle import BATCH_RECORDS, catalogue
from services.catalog.reextraction.announcing import EXTRACT, reextractor
from services.catalog.reextraction.outcomes import note_buried
from services.catalog.routes_cohorts import cohort_routes
from services.catalog.routes_concepts import concept_routes
from services.catalog.routes_corrections import correction_routes
from services.catalog.routes_deletions import deletion_routes
from services.catalog.routes_diagnoses import diagnosis_routes
from services.catalog.routes_exchange import exchange_routes
from services.catalog.routes_images import image_routes
from services.catalog.routes_occurrences import occurrence_routes
from services.catalog.routes_quality import quality_routes
from services.catalog.routes_reextractions import reextraction_routes
from services.catalog.routes_tags import tag_routes
from services.catalog.routes_vocabulary import vocabulary_routes
from services.catalog.searchable.job import SearchIndexer
from services.catalog.terms.searching import Terms

NAME = "catalog"


@asynccontextmanager
async def _open(home: Home) -> AsyncIterator[Running]:
    read_site_lexicon(home.settings.lexicon)
    outbox, terms = Outbox(NAME, home.database, home.events), Terms()
    indexer, reextracting = SearchIndexer(home.database), reextractor(home, outbox)
    yield Running(
        routes=[
            occurrence_routes(home),
            image_routes(home),
            vocabulary_routes(home),
            concept_routes(home, terms),
            exchange_routes(home),  # before the diagnoses, whose ids stand where its words do
            diagnosis_routes(home, terms),
            correction_routes(home),
            deletion_routes(home, outbox),
            cohort_routes(home),
            tag_routes(home, indexer),
            quality_routes(home),
            reextraction_routes(home, reextracting),
        ],
        reactions=[
            Reaction(INSTANCE_EXTRACTED, partial(catalogue, home, outbox), max_records=BATCH_RECORDS),
            Reaction(OCCURRENCE_PURGED, partial(mark_purged, home.database)),
        ],
        burials=[Burials(group, partial(note_buried, home.database)) for group in (EXTRACT, NAME)],
        tasks=[outbox.relay, indexer.run, reextracting.run],
    )


def read_site_lexicon(path: Path | None) -> None:
    """Raises SettingsError: a start with half a lexicon would name phases otherwise than the site meant."""
    try:
        use_site_lexicon(path)
    except (LexiconError, OSError) as error:
        raise SettingsError(f"RCDM_LEXICON cannot be used: {error}. See: rcdm lexicon check FILE.") from None


service = Service(NAME, _open, Path(__file__).parent / "migrations" / "versions")
