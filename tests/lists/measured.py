"""One import into memory in a process of its own: prints what came of it, then the most memory it had, in MB."""

import sys
from pathlib import Path

from ari_app.lists import ImportRequest, InputError, import_list
from tests.lists.stores import MemoryLists


def say(line: str) -> None:
    """One line on standard output."""
    sys.stdout.write(f"{line}\n")


def main() -> None:
    """Import suppressions from the file that is named."""
    try:
        report = import_list(MemoryLists(), ImportRequest(kind="suppressions", path=Path(sys.argv[1]), region="IT"))
        say(f"read {report.read} rejected {report.rejected}")
    except InputError as failure:
        say(f"InputError: {failure}")
    # Not what `getrusage` says: that begins with the memory of whoever started this process.
    status = Path("/proc/self/status").read_text()
    say(str(int(status.partition("VmHWM:")[2].split()[0]) // 1024))


if __name__ == "__main__":
    main()
