"""Catalog: extracted images become R-CDM and OMOP rows; search, pictures and headers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from chassis.errors import SettingsError
from chassis.messaging.outbox import Outbox
from chassis.messaging.topics import INSTANCE_EXTRACTED, OCCURRENCE_PURGED
from chassis.service import Burials, Home, Reaction, Running, Service
from imaging.phase.lexicon import use_site_lexicon
from imaging.phase.lexicon_file import LexiconError
from services.catalog.cohorts.routes import cohort_routes
from services.catalog.corrections.routes import correction_routes
from services.catalog.deletion.routes import deletion_routes
from services.catalog.deletion.store import mark_purged
from services.catalog.diagnoses.files.export import exchange_routes
from services.catalog.diagnoses.routes import diagnosis_routes
from services.catalog.images.routes import image_routes
from services.catalog.load.consumer import BATCH_RECORDS, catalogue
from services.catalog.quality import quality_routes
from services.catalog.reextraction.announce import EXTRACT, reextractor
from services.catalog.reextraction.outcomes import note_buried
from services.catalog.reextraction.routes import reextraction_routes
from services.catalog.search.routes import occurrence_routes
from services.catalog.tags.indexer import SearchIndexer
from services.catalog.tags.routes import tag_routes
from services.catalog.vocabulary.routes import concept_routes, vocabulary_routes
from services.catalog.vocabulary.terms.search import Terms

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
