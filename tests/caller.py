"""The key with which tests call a home they opened themselves, and the reason they give for seeing who a patient is."""

from chassis.auth.audit_log import REASON_HEADER

KEY = "first-key-of-these-tests-0123456789"
REASON = {REASON_HEADER: "a test of the system"}
HEADERS = {"Authorization": f"Bearer {KEY}", **REASON}
LINES = [f"{name}: {value}" for name, value in HEADERS.items()]
