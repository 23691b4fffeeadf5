# The steps themselves are in app/operations/bootstrap.py, which needs nothing but Python.
# -I: neither PYTHON* variables nor the modules beside the script may change what it imports.
PYTHON ?= python3
BOOTSTRAP = $(PYTHON) -I app/operations/bootstrap.py
BIN = .venv/bin

.PHONY: run setup test bench bench-rush bench-ranking lint format messages lock clean

run: setup
	@exec $(BIN)/pekan start

setup:
	@$(BOOTSTRAP) setup

# make test ARGS="-k checkin"
test:
	@$(BOOTSTRAP) tests $(ARGS)

# Measures the application beside a bare floor and writes docs/performance.md; make bench ARGS="--only check-in" a part.
bench:
	@$(BOOTSTRAP) setup --dev
	@$(BIN)/python -m bench $(ARGS)

# The morning sign-up opens: make bench-rush ARGS="--only rush --database postgresql" a part.
bench-rush:
	@$(BOOTSTRAP) setup --dev
	@$(BIN)/python -m bench.rush $(ARGS)

# The ranking against made-up competitions whose truth is known: writes docs/ranking.md and its plots.
bench-ranking:
	@$(BOOTSTRAP) setup --dev
	@$(BIN)/python -m bench.ranking $(ARGS)

lint:
	@$(BOOTSTRAP) environment --dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet templates

format:
	@$(BOOTSTRAP) environment --dev
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .

# Brings the texts of code and templates into the translations; what is new there has an empty msgstr to be filled.
messages:
	@$(BOOTSTRAP) environment --dev
	$(BIN)/pybabel --quiet extract -F pyproject.toml -k _l -k msgid --no-location --no-wrap --sort-output -o .venv/messages.pot .
	$(BIN)/pybabel --quiet update -d app/core/translations -i .venv/messages.pot --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

# Keeps the pinned versions that still fit; make lock ARGS=--upgrade takes the newest.
lock:
	@$(BOOTSTRAP) lock $(ARGS)

# instance/ holds the keys and the data, so it stays.
clean:
	rm -rf .venv node_modules static/vendor build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find app -name '*.mo' -delete
