"""The secrets made for docker/compose.yaml."""

from pathlib import Path

import yaml

from docker.compose_secrets import FOLDER, make


def test_every_secret_of_the_compose_file_is_made_once(tmp_path: Path) -> None:
    """In a closed folder, readable by the containers' users; a second run changes nothing."""
    folder = tmp_path / "secrets"
    declared = yaml.safe_load((FOLDER.parent / "compose.yaml").read_text())["secrets"]
    assert set(make(folder)) == set(declared)
    made = {file.name: file.read_text() for file in folder.iterdir()}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o644}
    assert made["database_password"] in made["database_url"]
    assert make(folder) == []
    assert made == {file.name: file.read_text() for file in folder.iterdir()}
