"""/api/v1/cohorts: filters saved under a name, counted in the hospitals the caller sees."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from cdm.query.access import Scope
from cdm.query.filters import OccurrenceFilter
from cdm.query.saved import CohortName
from chassis.auth.access import READERS, Calling, Hospitals, may
from chassis.http.app import router
from chassis.http.paging import Cursor, Limit, Page
from chassis.service import Home
from services.catalog.cohorts.models import Cohort, CohortDefinition, CohortItem, NewCohort
from services.catalog.cohorts.store import (
    change_cohort,
    count_studies,
    delete_cohort,
    find_cohort,
    list_cohorts,
    save_cohort,
)

Name = Annotated[CohortName, Path(description="A cohort's name.")]


def cohort_routes(home: Home) -> APIRouter:
    """Everybody who searches saves; who saved one, or a steward, changes it."""
    routes, database = router("/api/v1/cohorts", "cohorts"), home.database

    async def counted(name: str, hospitals: Scope) -> Cohort:
        item = await find_cohort(database, name, hospitals)
        count, sql = await count_studies(database, OccurrenceFilter.model_validate(item.filter), hospitals)
        return Cohort(**item.model_dump(), count=count, sql=sql)

    @routes.post("", status_code=201)
    @may(*READERS)
    async def save(wanted: NewCohort, caller: Calling) -> Cohort:
        """Keep a filter. 409: the name is taken."""
        await save_cohort(database, wanted.name, wanted.filter, caller)
        return await counted(wanted.name, caller.hospitals)

    @routes.get("")
    @may(*READERS)
    async def list_all(hospitals: Hospitals, limit: Limit = 50, cursor: Cursor = None) -> Page[CohortItem]:
        """By name; those whose maker saw no hospital that you do not see."""
        return await list_cohorts(database, hospitals, limit, cursor)

    @routes.get("/{name}")
    @may(*READERS)
    async def show(name: Name, hospitals: Hospitals) -> Cohort:
        """The filter, how many studies it finds now in the hospitals you see, and the SQL that was run."""
        return await counted(name, hospitals)

    @routes.put("/{name}")
    @may(*READERS)
    async def change(name: Name, wanted: CohortDefinition, caller: Calling) -> Cohort:
        """Another filter under the same name."""
        await change_cohort(database, name, wanted.filter, caller)
        return await counted(name, caller.hospitals)

    @routes.delete("/{name}", status_code=204)
    @may(*READERS)
    async def delete(name: Name, caller: Calling) -> Response:
        """Forget it; data sets made of the same filter stay."""
        await delete_cohort(database, name, caller)
        return Response(status_code=204)

    return routes
