"""The `garbo` command: `python -m ari_app` and the installed script are the same."""


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from ari_app.cli.app import app

    app(prog_name="garbo")


if __name__ == "__main__":
    main()
