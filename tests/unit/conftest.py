"""Leaves out what only root can try: everybody else is the ordinary user those tests are about."""

import os

collect_ignore = [] if os.geteuid() == 0 else ["test_embedded_postgres_as_root.py"]
