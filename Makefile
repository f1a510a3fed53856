# Two commands are all a newcomer needs: `make run` and `make test`. Everything is installed into .venv, by hash, from requirements/.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Python's compiled files are kept: every start of a process would compile the product anew, and a service is several of them.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help

.PHONY: help run test chaos referees bench lint rules layout types format docs pictures words assets lock images audit clean

help:  ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.runtime  ## Set up, then start the demo: web, scheduler, worker and a local inbox in one process
	@exec $(BIN)/newsletter demo

test: $(VENV)/.dev  ## Run all tests (PostgreSQL and Valkey come from wheels; PYTEST_ARGS adds options)
	@$(BIN)/python -m pytest -n auto $(PYTEST_ARGS)

TORMENTED := tests/delivery/test_any_order.py tests/store/delivery/test_batches.py tests/audience/moving/test_killed_moves.py \
	tests/audience/test_killed_changes.py tests/audience/test_own_list.py tests/audience/test_nobody_who_left_is_mailed.py \
	tests/audience/test_standing.py

# Not one recipe of three, so that `make --keep-going lint` tells everything.
chaos: $(VENV)/.dev  ## Kill workers, brokers and databases while mail goes out, and soak 20,000 deliveries under every fault (twenty minutes or more)
	@NEWSLETTER_CHAOS=long $(BIN)/python -m pytest -s tests/chaos $(TORMENTED)

# The servers are unpacked into NEWSLETTER_REFEREES, or into a folder that goes again. It lies where a server without privilege can read it.
referees: $(VENV)/.dev  ## Send through real mail servers (Debian's packages, unpacked), and read what they send back
	@folder=$${NEWSLETTER_REFEREES:-$$(mktemp -d /var/tmp/referees-XXXXXX)} && chmod 755 "$$folder" || exit 1; \
	[ -n "$$NEWSLETTER_REFEREES" ] || trap 'rm -rf "$$folder"' EXIT; \
	.ci/unpack "$$folder" && NEWSLETTER_REFEREES=$$folder $(BIN)/python -m pytest tests/referees $(PYTEST_ARGS)

bench: $(VENV)/.dev  ## Measure sending beside smtp-source (Debian's postfix); BENCH_ARGS names cases
	@$(BIN)/python -m tests.bench $(BENCH_ARGS)

lint: rules layout types  ## Run ruff and mypy
rules: $(VENV)/.dev
	$(BIN)/ruff check .
layout: $(VENV)/.dev
	$(BIN)/ruff format --check .
types: $(VENV)/.dev
	$(BIN)/mypy

format: $(VENV)/.dev  ## Let ruff format and mend what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.runtime  ## Write docs/commands.md and docs/settings.md anew from the code
	$(BIN)/python -m newsletter.cli.document docs

pictures: $(VENV)/.dev  ## Take the pictures of docs/images anew from the journeys in Chromium (PICTURES names another folder)
	@NEWSLETTER_PICTURES=$(or $(PICTURES),docs/images) $(BIN)/python -m pytest -q -m pictures tests/journeys $(PYTEST_ARGS)

words: $(VENV)/.dev  ## Bring the catalogues of newsletter/locale up to date with the sentences in code and templates
	$(BIN)/python -m tests.catalogues

assets:  ## Build newsletter/web/static/editor.js from assets/ (needs Node and npm; the file is committed)
	@cd assets && npm ci --silent --no-audit --no-fund && npm run --silent build && cd .. && $(PYTHON) assets/seal.py

lock:  ## Pin every dependency by hash anew (needs uv)
	uv pip compile pyproject.toml $(LOCK) --group build --output-file requirements/runtime.txt
	uv pip compile pyproject.toml $(LOCK) --group build --group test --group lint \
		--constraints requirements/runtime.txt --output-file requirements/dev.txt
LOCK := --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --quiet

IMAGES := POSTGRES_IMAGE=postgres:18 VALKEY_IMAGE=valkey/valkey:9 PYTHON_IMAGE=python:3.13-slim
images:  ## Print the images of docker-compose.yml by digest, as lines for .env (needs Docker and the internet)
	@for each in $(IMAGES); do \
		name=$${each%%=*} image=$${each#*=}; \
		docker pull --quiet "$$image" >/dev/null || exit 1; \
		digest=$$(docker image inspect --format '{{index .RepoDigests 0}}' "$$image") || exit 1; \
		case $$digest in *@sha256:*) echo "$$name=$$image@$${digest#*@}" ;; \
			*) echo "error: Docker tells no digest of $$image" >&2; exit 1 ;; esac; \
	done

# Not part of `make test` or of .ci/run: it asks others, and its answer changes without a change of ours.
audit: $(VENV)/bin/python  ## Ask whether a locked dependency has a known weakness (pip-audit; needs the internet)
	@$(PYTHON) -m venv $(VENV)/audit
	@$(VENV)/audit/bin/python -m pip --disable-pip-version-check --quiet install pip-audit
	@$(VENV)/audit/bin/pip-audit --require-hashes --disable-pip $(addprefix --requirement ,$(wildcard requirements/*.txt))

clean:  ## Remove the environment and what tools left behind; keeps data/
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

# A stamp is newer than what it was made from, so a second run installs nothing.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "error: Python 3.11 or newer is needed, and \`$(PYTHON)\` is `$(PYTHON) --version 2>&1 || true`" >&2; \
		echo "  -> name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Setting up $(VENV) (once; a minute or two) ..."
	@$(PYTHON) -m venv $(VENV) || { \
		echo "error: \`$(PYTHON) -m venv\` does not work here" >&2; \
		echo "  -> on Debian and Ubuntu: apt-get install python3-venv" >&2; rm -rf $(VENV); exit 1; }

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	@$(PIP) install --require-hashes -r requirements/runtime.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	-@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib newsletter workers
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(VENV)/.runtime
	@$(PIP) install --require-hashes -r requirements/dev.txt
	-@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib
	@touch $@
