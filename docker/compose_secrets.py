"""The secrets that docker/compose.yaml reads, made at random into `docker/secrets/`; those that are there stay."""

import os
import secrets
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "secrets"


def make(folder: Path) -> list[str]:
    """Write what is missing into `folder`, which only its owner may enter; the names of the files made."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    made = [name for name in ("database_password", "ari_password", "ami_secret") if _write(folder / name)]
    password = (folder / "database_password").read_text().strip()
    if _write(folder / "database_url", f"postgresql://garbo:{password}@database/garbo"):
        made.append("database_url")
    return made


def _write(file: Path, text: str = "") -> bool:
    if file.exists():
        return False
    # Readable for all inside a closed folder: containers have users of their own.
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "w") as secret:
        os.fchmod(secret.fileno(), 0o644)
        secret.write(text or secrets.token_urlsafe(24))
    return True


if __name__ == "__main__":
    print(f"secrets: {', '.join(make(FOLDER)) or 'nothing'} made in {FOLDER}", file=sys.stderr)
