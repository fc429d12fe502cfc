"""GET /api/v1/occurrences…: search, facets, one study, its series and images; and the numbers of the start page."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, field_validator

from cdm.query.filters import OccurrenceFilter, Values, known_phases, known_planes
from chassis.auth.access import READERS, Hospitals, may
from chassis.http.app import router
from chassis.http.paging import Cursor, Limit, Page
from chassis.service import Home
from services.catalog.images.geometry import StackGeometry, stacks_of
from services.catalog.images.images import ImageChoice, images_of, series_of
from services.catalog.search.distribution import distribution
from services.catalog.search.facets import facets, statistics
from services.catalog.search.models import Distribution, FacetValue, ImageItem, OccurrenceItem, SeriesItem, Statistics
from services.catalog.search.search import Sort, one_occurrence, search

OccurrenceId = Annotated[int, Path(ge=1, le=2**63 - 1, description="radiology_occurrence_id")]


class OccurrenceQuery(OccurrenceFilter):
    """The filter words, and how the list is cut and ordered."""

    sort: Sort = Field("-date", description="Ties are in the order of the ids; - turns the order round.")
    limit: Limit = 50
    cursor: Cursor = None


class ImageQuery(BaseModel):
    """Which images of a study."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    series: Values = Field((), description="Series Instance UIDs.")
    plane: Values = ()
    phase: Values = ()
    limit: Limit = 50
    cursor: Cursor = None

    _planes = field_validator("plane")(known_planes)
    _phases = field_validator("phase")(known_phases)


class PageQuery(BaseModel):
    """How a list is cut."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: Limit = 50
    cursor: Cursor = None


def occurrence_routes(home: Home) -> APIRouter:
    """What is known of studies."""
    routes, database = router("/api/v1", "occurrences"), home.database

    @routes.get("/occurrences")
    @may(*READERS)
    async def list_occurrences(
        query: Annotated[OccurrenceQuery, Query()], hospitals: Hospitals
    ) -> Page[OccurrenceItem]:
        """Search studies. A total above 10,000 is given as 10,000 and flagged: at least that many."""
        found = await search(database, query, hospitals, query.sort, query.limit, query.cursor)
        return Page(items=found.items, next=found.next, total=found.total, total_is_estimate=found.total_is_estimate)

    @routes.get("/occurrences/facets", response_model_exclude_none=True)
    @may(*READERS)
    async def list_facets(
        query: Annotated[OccurrenceFilter, Query()], hospitals: Hospitals
    ) -> dict[str, list[FacetValue]]:
        """The commonest 100 values of each filter among the studies that the whole filter finds."""
        return await facets(database, query, hospitals)

    @routes.get("/occurrences/distribution")
    @may(*READERS)
    async def get_distribution(query: Annotated[OccurrenceFilter, Query()], hospitals: Hospitals) -> Distribution:
        """How the studies that the whole filter finds spread over years, ages and sexes, planes and phases."""
        return await distribution(database, query, hospitals)

    @routes.get("/occurrences/{occurrence_id}")
    @may(*READERS)
    async def get_occurrence(occurrence_id: OccurrenceId, hospitals: Hospitals) -> OccurrenceItem:
        """One study."""
        return await one_occurrence(database, occurrence_id, hospitals)

    @routes.get("/occurrences/{occurrence_id}/series")
    @may(*READERS)
    async def list_series(
        occurrence_id: OccurrenceId, query: Annotated[PageQuery, Query()], hospitals: Hospitals
    ) -> Page[SeriesItem]:
        """The series of a study by their numbers."""
        return await series_of(database, occurrence_id, hospitals, query.limit, query.cursor)

    @routes.get("/occurrences/{occurrence_id}/images")
    @may(*READERS)
    async def list_images(
        occurrence_id: OccurrenceId, query: Annotated[ImageQuery, Query()], hospitals: Hospitals
    ) -> Page[ImageItem]:
        """The images of a study by series, phase group and place along the slice normal."""
        chosen = ImageChoice(query.series, query.plane, query.phase)
        return await images_of(database, occurrence_id, hospitals, chosen, query.limit, query.cursor)

    @routes.get("/occurrences/{occurrence_id}/geometry")
    @may(*READERS)
    async def list_stacks(occurrence_id: OccurrenceId, hospitals: Hospitals) -> Page[StackGeometry]:
        """What is odd about each stack of a study: gaps, duplicates, uneven steps, tilt, missing numbers."""
        return await stacks_of(database, occurrence_id, hospitals)

    @routes.get("/statistics", response_model_exclude_none=True)
    @may(*READERS)
    async def get_statistics(hospitals: Hospitals) -> Statistics:
        """How much there is."""
        return await statistics(database, hospitals)

    return routes
