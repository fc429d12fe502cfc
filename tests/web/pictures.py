"""Pictures of every page of a system with samples: `python -m tests.web.pictures FOLDER`; `make picture` keeps one."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from services.cli.local.samples import sample_files
from tests.system import rcdm, running_system
from tests.web.conftest import CHROMIUM, watched

_PAGES = {
    "viewer": "/?modality=CT&modality=MR&sort=-images",
    "gallery": "/?view=gallery",
    "study": "/occurrences/{study}",
    "upload": "/upload",
    "diagnoses": "/diagnoses",
    "data-sets": "/datasets",
    "data-set": "/datasets/pictures",
    "new-data-set": "/datasets/new?modality=CT",
    "operations": "/operations",
}
_LOOKS = {
    "desk-en-light": {"viewport": {"width": 1440, "height": 900}, "locale": "en-US", "color_scheme": "light"},
    "desk-ko-dark": {"viewport": {"width": 1440, "height": 900}, "locale": "ko-KR", "color_scheme": "dark"},
    "wall-en-dark": {"viewport": {"width": 3840, "height": 2160}, "locale": "en-US", "color_scheme": "dark"},
    "phone-en-light": {"viewport": {"width": 360, "height": 740}, "locale": "en-US", "color_scheme": "light"},
    "phone-ko-dark": {"viewport": {"width": 360, "height": 740}, "locale": "ko-KR", "color_scheme": "dark"},
}


def main(folder: Path, pages: list[str], looks: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as data, running_system(Path(data) / "data") as system, sync_playwright() as playwright:
        rcdm(system, "upload", str(sample_files()), "--hospital", "SAMPLE", "--diagnosis", "간암", expect=3)
        rcdm(system, "dataset", "create", "pictures", "--split", "0.6/0.2/0.2")
        with system.client() as http:
            found = http.get("/api/v1/occurrences", params={"modality": "CT", "sort": "-images"}).json()
        study = found["items"][0]["radiology_occurrence_id"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for look in looks:
            sight = watched(browser, system, **_LOOKS[look])
            sight.log_in()
            for page in pages:
                sight.page.goto(system.address + _PAGES[page].format(study=study))
                sight.page.wait_for_timeout(3000)
                sight.page.screenshot(path=folder / f"{page}-{look}.png")
                print(folder / f"{page}-{look}.png", *sight.wrong, flush=True)
        browser.close()


if __name__ == "__main__":
    only = sys.argv[2:3]
    main(Path(sys.argv[1]), only or list(_PAGES), ["desk-en-light"] if only else list(_LOOKS))
