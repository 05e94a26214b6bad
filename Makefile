# Each target does all its own set-up and is quick when run again.
.DEFAULT_GOAL := help
.PHONY: help install lab demo run test pictures desks soak faults e2e-16 unit bench fuzz mutants check lock images secrets wheel clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
BANDIT := $(BIN)/bandit --quiet --recursive --configfile pyproject.toml ari_app docker

help: ## what can be made
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

install: $(INSTALLED) ## a virtual environment in .venv with the garbo command

$(INSTALLED): pyproject.toml requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "apt-get install python3-venv, then try again" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

lab: install ## a real Asterisk, SIPp and a browser for demo and tests, if they are missing
	@$(BIN)/python -m docker.lab.needs

demo: install ## the product's story on a real Asterisk, in about a minute
	@$(BIN)/python -m docker.demo

run: install ## as the demo, but stays up with a PBX for softphones and the web pages, until Ctrl-C
	@$(BIN)/python -m docker.demo --stay

test: lab ## every test, on a real Asterisk, a real PostgreSQL and a real browser
	@$(BIN)/python -m compileall -q ari_app docker
	@$(BIN)/python -m pytest -n 2

desks: lab ## two hundred desks and twenty calls a second, on a real Asterisk: how long a pop takes then
	@$(BIN)/python -m pytest tests/e2e/desk_load.py

faults: lab ## everything that can break, ten times each under twenty calls a second, and docs/failures.md from it; ROUNDS=N
	@mkdir -p build && rm -f build/faults.jsonl
	@GARBO_FAULTS_ROUNDS=$(or $(ROUNDS),10) GARBO_FAULTS_MEASURED=build/faults.jsonl $(BIN)/python -m pytest tests/e2e/faults
	@$(BIN)/python -m tests.e2e.faults.matrix build/faults.jsonl > docs/failures.md

soak: lab ## twenty calls a second for an hour (MINUTES=N): nothing grows, nothing is left; the picture is build/soak.svg
	@GARBO_SOAK_MINUTES=$(or $(MINUTES),60) $(BIN)/python -m pytest -q -s tests/e2e/faults/test_soak.py

e2e-16: lab ## the calls of tests/e2e on Asterisk 16 instead of 22
	@$(BIN)/python -m pytest tests/e2e --asterisk 16

unit: install ## the quick ones: no PBX, no browser, no database server, no commands
	@$(BIN)/python -m pytest tests/policy tests/judging tests/calls tests/config tests/lists tests/asterisk tests/architecture

pictures: lab ## the pictures in docs/, taken by the tests that look at the pages
	@GARBO_PICTURES=1 $(BIN)/python -m pytest -q tests/web -k browser
	@$(BIN)/python -m tests.web.palette docs/pictures

bench: install ## how fast the core decides, a verdict is committed and lists come in; PART=NAME runs one part
	@$(BIN)/python -m tests.bench $(PART)

fuzz: install ## the doors fed with 100,000 odd inputs each: no crash, no leak, no permit; DOOR=NAME, INPUTS=N, SEED=N
	@$(BIN)/python -m tests.fuzz $(if $(DOOR),--door $(DOOR)) $(if $(INPUTS),--inputs $(INPUTS)) $(if $(SEED),--seed $(SEED))

mutants: install ## small faults put into the core one by one: which do its tests not notice (an hour or two)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-mutants.lock
	@$(BIN)/mutmut run
	@$(BIN)/mutmut results

check: install ## lint, types, layers, code that bandit knows to be risky, packages with known holes
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BANDIT) >/dev/null 2>&1 || $(BANDIT)  # the first one's warnings are of excuses that it need not have
	@$(BIN)/python -m tests.audit requirements.lock

rules: install ## docs/rules.md, made from the packs
	@$(BIN)/garbo packs page > docs/rules.md

lock: ## write requirements.lock anew from pyproject.toml
	$(PYTHON) -m pip install --quiet --disable-pip-version-check uv
	$(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --group dev pyproject.toml -o requirements.lock
	$(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --group mutants -c requirements.lock pyproject.toml -o requirements-mutants.lock
	$(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header -c requirements.lock pyproject.toml -o requirements-runtime.lock

wheel: install ## the wheel, in dist/
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w dist .

images: ## the container image of the gate, built with buildah, podman or docker, and started once
	@$(PYTHON) -m docker.images

secrets: ## random secrets for docker/compose.yaml, in docker/secrets/; those that are there stay
	@$(PYTHON) -m docker.compose_secrets

clean: ## remove what was made here (the virtual environment and the caches)
	rm -rf $(VENV) .cache build dist mutants *.egg-info
