"""Exit 0 if the gate in this container answers on /healthz; for HEALTHCHECK."""

import os
import sys
import urllib.error
import urllib.request

PORT = os.environ.get("GARBO_WEB__PORT", "8090")

try:
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=2) as answer:  # its own URL  # nosec B310
        sys.exit(answer.status != 200)
except (urllib.error.URLError, OSError) as error:
    sys.exit(f"no answer on port {PORT}: {error}")
