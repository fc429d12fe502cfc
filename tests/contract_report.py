"""At the end of a run: how many contract tests each adapter passed, one beside the other."""

import re
from collections import Counter, defaultdict

import pytest

_CASE = re.compile(r"tests/contract/test_(?P<port>event_log|blob_store)\w*\.py::\w+\[(?P<home>[a-z0-9]+)")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    found: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, []):
            if case := _CASE.match(report.nodeid):
                found[case["port"]][case["home"]][outcome] += 1
    for port, homes in sorted(found.items()):
        told = (f"[{home}] {', '.join(f'{n} {what}' for what, n in counts.items())}" for home, counts in homes.items())
        terminalreporter.write_line(f"contract of the {port.replace('_', ' ')}:  {'   '.join(sorted(told))}")
